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
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.reconcile.ReconcilerContext;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of each data core that was written last: as this operator knows it, since its caches
 * hear of its own writes a moment later, or else as an operator before it has left it.
 */
public final class CatalogsInForce {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogsInForce.class);

  private final OwnedObjects objects;
  private final ReconcilerContext operation;
  private final Map<ResourceId, Catalog> written = new ConcurrentHashMap<>();

  CatalogsInForce(OwnedObjects objects, ReconcilerContext operation) {
    this.objects = objects;
    this.operation = operation;
  }

  void wrote(DataCore dataCore, Catalog catalog) {
    written.put(ResourceId.of(dataCore), catalog);
  }

  void forget(ResourceId dataCore) {
    written.remove(dataCore);
  }

  /** The one in force, if there is one that agrees with itself. */
  public Optional<Catalog> of(DataCore dataCore) {
    Catalog known = written.get(ResourceId.of(dataCore));
    return known != null ? Optional.of(known) : inCluster(dataCore);
  }

  private Optional<Catalog> inCluster(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    Names names = new Names(dataCore);
    Optional<HasMetadata> catalog = objects.find(ConfigMap.class, id.namespace(), names.catalog());
    Optional<Secret> keys = operation.families().orElseThrow().secret(id.namespace(), names.keys());
    if (catalog.isEmpty() || keys.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          CatalogCodec.read(
              ((ConfigMap) catalog.get()).getData().getOrDefault(CatalogCodec.CATALOG_FILE, ""),
              SecretData.decode(keys.get()).getOrDefault(CatalogCodec.KEYS_FILE, "")));
    } catch (CatalogFormatException e) {
      // An operator was ended between its two writes, or somebody else has changed one.
      LOG.warn("The catalog of {} can't be read back: {}", id, e.getMessage());
      return Optional.empty();
    }
  }
}
