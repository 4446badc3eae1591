package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.flowcore.api.v1alpha1.DataCore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether the way from outside that a data core asks for is there. */
public final class RouteState {
  private RouteState() {}

  /**
   * Judges.
   *
   * @param gatewayApi whether the cluster has the Gateway API
   * @param route the data core's HTTPRoute; asked for only where it wants one
   */
  public static ConditionState of(
      DataCore dataCore, boolean gatewayApi, Supplier<Optional<GenericKubernetesResource>> route) {
    boolean wants =
        dataCore.getSpec().routing() != null && dataCore.getSpec().routing().gateway() != null;
    if (!wants) {
      return ConditionState.yes("Programmed", "no gateway is asked for");
    }
    if (!gatewayApi) {
      return ConditionState.no(
          "GatewayApiMissing",
          "spec.routing.gateway needs the Gateway API, which this cluster does not have; install it,"
              + " or use spec.routing.ingress");
    }
    String gateway = dataCore.getSpec().routing().gateway().name();
    List<Map<?, ?>> accepted = route.get().map(RouteState::accepted).orElse(List.of());
    if (accepted.isEmpty()) {
      return ConditionState.no(
          "RoutePending",
          "no gateway has taken the HTTPRoute yet; is there one named " + gateway + "?");
    }
    return accepted.stream()
        .filter(condition -> !"True".equals(condition.get("status")))
        .findFirst()
        .map(condition ->
            ConditionState.no(
                "RouteNotAccepted",
                "the gateway " + gateway + " says: " + condition.get("message")))
        .orElse(ConditionState.yes("Programmed", "the gateway has accepted the HTTPRoute"));
  }

  /** The {@code Accepted} conditions of all parents. */
  private static List<Map<?, ?>> accepted(GenericKubernetesResource route) {
    List<Map<?, ?>> accepted = new ArrayList<>();
    for (Map<?, ?> parent : maps(route.get("status", "parents"))) {
      for (Map<?, ?> condition : maps(parent.get("conditions"))) {
        if (Objects.equals(condition.get("type"), "Accepted")) {
          accepted.add(condition);
        }
      }
    }
    return accepted;
  }

  private static List<Map<?, ?>> maps(Object list) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (list instanceof List<?> items) {
      for (Object item : items) {
        if (item instanceof Map<?, ?> map) {
          maps.add(map);
        }
      }
    }
    return maps;
  }
}
