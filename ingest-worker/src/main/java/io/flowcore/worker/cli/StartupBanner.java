package io.flowcore.worker.cli;

import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The text that {@code up} prints once it listens: every webhook with a curl command. The command
 * contains a key, which the user's own manifests declare.
 *
 * @param resources directory of the manifests
 * @param clients base URL of the webhooks
 * @param management base URL of health and metrics
 * @param keyTexts keys by their id
 */
record StartupBanner(
    Path resources, String clients, String management, Map<String, String> keyTexts) {

  /**
   * Returns the text.
   *
   * @param rejections why resources and files were rejected
   */
  String text(Catalog catalog, List<String> rejections) {
    StringBuilder text = new StringBuilder();
    text.append("\nFlowcore is up on ")
        .append(clients)
        .append(", with the manifests in ")
        .append(resources)
        .append('\n');
    rejections.forEach(rejection -> text.append("\nRejected: ").append(rejection).append('\n'));
    if (catalog.eventTypeCount() == 0) {
      text.append(
          "\nNo event types are loaded yet. Add or correct manifests; changes apply at once.\n");
    }
    for (DataCoreEntry core : catalog.dataCores()) {
      for (FlowTypeEntry flow : core.flowTypes()) {
        for (EventTypeEntry type : flow.eventTypes()) {
          appendWebhooks(text, catalog, core, flow, type);
        }
      }
    }
    text.append("\nHealth   ").append(management).append("/observe/health/ready");
    text.append("\nMetrics  ").append(management).append("/observe/metrics");
    text.append("\nCatalog  ").append(management).append("/observe/catalog");
    return text.append("\n\nStop with Ctrl-C.").toString();
  }

  private void appendWebhooks(
      StringBuilder text,
      Catalog catalog,
      DataCoreEntry core,
      FlowTypeEntry flow,
      EventTypeEntry type) {
    String target = "/" + core.tenant() + "/" + core.name() + "/" + flow.name() + "/" + type.name();
    text.append('\n').append(type.name()).append('\n');
    text.append("  single  ").append(clients).append("/event").append(target).append('\n');
    text.append("  batch   ").append(clients).append("/events").append(target).append('\n');
    if (type.files()) {
      text.append("  file    ").append(clients).append("/file").append(target).append('\n');
    }
    text.append("  curl -sS -H 'Authorization: Bearer ").append(key(catalog, core, flow, type));
    text.append("' -H 'Content-Type: application/json' -d '{\"hello\":\"world\"}' ");
    text.append(clients).append("/event").append(target).append('\n');
  }

  private String key(Catalog catalog, DataCoreEntry core, FlowTypeEntry flow, EventTypeEntry type) {
    return catalog.keys().stream()
        .filter(
            key -> key.dataCoreId().equals(core.id()) && canIngest(key, flow.name(), type.name()))
        .filter(key -> keyTexts.containsKey(key.keyId()))
        .map(key -> keyTexts.get(key.keyId()))
        .findFirst()
        .orElse("YOUR_KEY");
  }

  private static boolean canIngest(KeyEntry key, String flowType, String eventType) {
    boolean inScope =
        key.allow().isEmpty()
            || key.allow().stream().anyMatch(scope -> scope.covers(flowType, eventType));
    return inScope && key.permissions().contains(Permission.ingest) && !key.suspended();
  }
}
