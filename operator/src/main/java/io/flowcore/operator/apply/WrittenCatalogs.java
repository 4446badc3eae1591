package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.SecretData;
import io.flowcore.operator.gather.SecretWatch;
import io.flowcore.operator.plan.Names;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of each data core that was written last. It is kept in memory, because the caches
 * receive the operator's own writes later. After a restart it is read from the cluster.
 */
public final class WrittenCatalogs {
  private static final Logger LOG = LoggerFactory.getLogger(WrittenCatalogs.class);

  private final OwnedObjects objects;
  private final SecretWatch secrets;
  private final Map<ResourceId, Catalog> written = new ConcurrentHashMap<>();

  WrittenCatalogs(OwnedObjects objects, SecretWatch secrets) {
    this.objects = objects;
    this.secrets = secrets;
  }

  void put(DataCore dataCore, Catalog catalog) {
    written.put(ResourceId.of(dataCore), catalog);
  }

  void remove(ResourceId dataCore) {
    written.remove(dataCore);
  }

  /** Returns the last written catalog; empty if there is none, or if a part cannot be read. */
  public Optional<Catalog> find(DataCore dataCore) {
    Catalog known = written.get(ResourceId.of(dataCore));
    return known != null ? Optional.of(known) : readFromCluster(dataCore);
  }

  private Optional<Catalog> readFromCluster(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    Names names = new Names(dataCore);
    Optional<HasMetadata> catalog = objects.find(ConfigMap.class, id.namespace(), names.catalog());
    Optional<Secret> keys = secrets.find(id.namespace(), names.keys());
    if (catalog.isEmpty() || keys.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          CatalogCodec.readLastWritten(
              ((ConfigMap) catalog.get()).getData().getOrDefault(CatalogCodec.CATALOG_FILE, ""),
              SecretData.decode(keys.get()).getOrDefault(CatalogCodec.KEYS_FILE, "")));
    } catch (CatalogFormatException e) {
      // One of the objects was edited manually, or another release wrote it.
      LOG.warn("Could not read the catalog of {} from the cluster: {}", id, e.getMessage());
      return Optional.empty();
    }
  }
}
