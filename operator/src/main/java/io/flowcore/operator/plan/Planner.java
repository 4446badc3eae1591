package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Plans all objects that run one data core. */
public final class Planner {
  private Planner() {}

  /** Returns the plan for an input; equal inputs have equal plans. */
  public static Plan plan(PlanInput input) {
    Names names = new Names(input.dataCore());
    List<HasMetadata> objects = new ArrayList<>();
    objects.add(serviceAccount(names));
    HotStore.Embedded embedded = input.dataCore().getSpec().hotStore().embedded();
    if (embedded != null) {
      objects.add(volume(names, embedded));
    }
    NetworkPlan.policy(names, input).ifPresent(objects::add);
    objects.add(service(names, names.worker(), false));
    objects.add(service(names, names.headless(), true));
    objects.addAll(WorkloadPlan.objects(names, input));
    objects.addAll(RoutePlan.objects(names, input));
    return new Plan(
        catalogObjects(input.dataCore(), input.catalog()),
        objects,
        RoutePlan.url(names, input.dataCore()));
  }

  private static HasMetadata serviceAccount(Names names) {
    return new ServiceAccountBuilder()
        .withMetadata(names.owned(names.worker()))
        .withAutomountServiceAccountToken(false)
        .build();
  }

  /** Returns the ConfigMap and the Secret with a catalog, in the order to write them in. */
  public static List<HasMetadata> catalogObjects(HasMetadata dataCore, Catalog catalog) {
    Names names = new Names(dataCore);
    byte[] keys = CatalogCodec.writeKeys(catalog).getBytes(StandardCharsets.UTF_8);
    return List.of(
        new ConfigMapBuilder()
            .withMetadata(names.owned(names.catalog()))
            .withData(Map.of(CatalogCodec.CATALOG_FILE, CatalogCodec.writeCatalog(catalog)))
            .build(),
        new SecretBuilder()
            .withMetadata(names.owned(names.keys()))
            .withType("Opaque")
            .withData(Map.of(CatalogCodec.KEYS_FILE, Base64.getEncoder().encodeToString(keys)))
            .build());
  }

  /**
   * A separate claim instead of a {@code volumeClaimTemplate} of the StatefulSet: a template is
   * immutable, a claim can grow. It has no owner, so deleting a DataCore does not delete events.
   */
  private static HasMetadata volume(Names names, HotStore.Embedded embedded) {
    return new PersistentVolumeClaimBuilder()
        .withMetadata(names.unowned(names.volume()))
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(embedded.storageClassName())
        .withNewResources()
        .addToRequests("storage", new Quantity(embedded.storage()))
        .endResources()
        .endSpec()
        .build();
  }

  private static HasMetadata service(Names names, String name, boolean headless) {
    List<ServicePort> ports = new ArrayList<>();
    ports.add(port(WorkerPod.HTTP, WorkerPod.HTTP_PORT));
    if (headless) {
      ports.add(port(WorkerPod.MANAGEMENT, WorkerPod.MANAGEMENT_PORT));
    }
    return new ServiceBuilder()
        .withMetadata(names.owned(name))
        .withNewSpec()
        .withClusterIP(headless ? "None" : null)
        .withPublishNotReadyAddresses(headless ? true : null)
        .withSelector(names.selector())
        .withPorts(ports)
        .endSpec()
        .build();
  }

  private static ServicePort port(String name, int number) {
    return new ServicePortBuilder()
        .withName(name)
        .withPort(number)
        .withNewTargetPort(name)
        .withProtocol("TCP")
        .build();
  }
}
