package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.flowcore.api.v1alpha1.DataCore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Determines whether a gateway has accepted the HTTPRoute of a data core. */
public final class RouteState {
  private RouteState() {}

  /**
   * Returns the state of a data core's route, which is true without {@code routing.gateway}.
   *
   * @param gatewayApi whether the cluster serves the Gateway API
   * @param route reads the data core's HTTPRoute; called only if there must be one
   */
  public static ConditionState of(
      DataCore dataCore, boolean gatewayApi, Supplier<Optional<GenericKubernetesResource>> route) {
    boolean hasGateway =
        dataCore.getSpec().routing() != null && dataCore.getSpec().routing().gateway() != null;
    if (!hasGateway) {
      return ConditionState.yes("Programmed", "no gateway is configured");
    }
    if (!gatewayApi) {
      return ConditionState.no(
          "GatewayApiMissing",
          "spec.routing.gateway needs the Gateway API, which this cluster does not serve; install it"
              + " or use spec.routing.ingress");
    }
    String gateway = dataCore.getSpec().routing().gateway().name();
    List<Map<?, ?>> accepted = route.get().map(RouteState::accepted).orElse(List.of());
    if (accepted.isEmpty()) {
      return ConditionState.no(
          "RoutePending",
          "no gateway has accepted the HTTPRoute yet; check that Gateway "
              + gateway
              + " exists and allows routes from this namespace");
    }
    return accepted.stream()
        .filter(condition -> !"True".equals(condition.get("status")))
        .findFirst()
        .map(condition ->
            ConditionState.no(
                "RouteNotAccepted",
                "Gateway " + gateway + " rejected the HTTPRoute: " + condition.get("message")))
        .orElse(ConditionState.yes("Programmed", "the gateway accepted the HTTPRoute"));
  }

  /** Returns the {@code Accepted} conditions of all parents. */
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
