package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.helidon.webserver.http.ServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Resolves the event types of a query, and checks that the key may read them. */
final class QueriedEventTypes {
  private static final int MAX_EVENT_TYPES = 100;

  private QueriedEventTypes() {}

  /** Returns the event types whose ids are in the URL. */
  static List<ResolvedEventType> byId(
      Principal principal, CatalogIndex catalog, ServerRequest request) {
    principal.require(Permission.fetch);
    List<ResolvedEventType> types = new ArrayList<>();
    List<String> ids = request.query().all("eventTypeId", List::of);
    requireCount("eventTypeId", ids.size());
    for (String id : ids) {
      Optional<ResolvedEventType> type =
          catalog
              .eventType(QueryParameters.uuid("eventTypeId", id))
              .filter(found -> found.dataCore().id().equals(principal.dataCore().id()));
      if (type.isEmpty()) {
        requireUnrestricted(principal);
      }
      add(types, type.orElseThrow(() -> unknown("with the id " + id)), principal);
    }
    return types;
  }

  /**
   * Ids are derived from names. A key with a restricted scope must get the same error for an id
   * that does not exist as for one outside its scope. No scope contains an empty name.
   */
  private static void requireUnrestricted(Principal principal) {
    principal.requireScope("", "");
  }

  /** Returns the event types whose names are in the body. */
  static List<ResolvedEventType> byName(Principal principal, CatalogIndex catalog, JsonNode body) {
    principal.require(Permission.fetch);
    QueryParameters names = QueryParameters.fromBody(body);
    principal.requireDataCore(names.required("tenant"), names.required("dataCoreId"));
    String flowType = names.required("flowType");
    List<ResolvedEventType> types = new ArrayList<>();
    JsonNode eventTypes = body.path("eventTypes");
    if (!eventTypes.isArray() && !eventTypes.isMissingNode()) {
      throw QueryParameters.invalid("eventTypes", "must be an array of names");
    }
    requireCount("eventTypes", eventTypes.size());
    for (JsonNode each : eventTypes) {
      String name = each.asText();
      principal.requireScope(flowType, name);
      ResolvedEventType type =
          catalog
              .eventType(principal.dataCore().id(), flowType, name)
              .orElseThrow(() -> unknown("'" + name + "' in flow type '" + flowType + "'"));
      add(types, type, principal);
    }
    return types;
  }

  private static ApiException unknown(String what) {
    return new ApiException(
        ErrorCode.UNKNOWN_EVENT_TYPE, "the data core of this key has no event type " + what);
  }

  private static void requireCount(String name, int count) {
    if (count == 0) {
      throw QueryParameters.invalid(name, "is required");
    }
    if (count > MAX_EVENT_TYPES) {
      throw QueryParameters.invalid(
          name, "has " + count + " event types; the limit is " + MAX_EVENT_TYPES);
    }
  }

  private static void add(
      List<ResolvedEventType> types, ResolvedEventType type, Principal principal) {
    principal.requireScope(type.flowType().name(), type.eventType().name());
    if (!types.contains(type)) {
      types.add(type);
    }
  }
}
