package io.flowcore.catalog;

import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Assigns each unique name to one of the resources that request it. */
final class NameRegistry {
  private final Map<String, ResourceId> previousOwners;
  private final Map<String, ResourceId> owners = new HashMap<>();
  private final List<Request> requests = new ArrayList<>();

  NameRegistry(Map<String, ResourceId> previousOwners) {
    this.previousOwners = previousOwners;
  }

  private record Request(String name, ResourceId requester, Reason conflict, Runnable accept) {}

  /**
   * Requests a name. The oldest resource must request first.
   *
   * @param conflict the reason for the rejection if another resource gets the name
   * @param accept runs if the requester gets the name
   */
  void request(String name, ResourceId requester, Reason conflict, Runnable accept) {
    requests.add(new Request(name, requester, conflict, accept));
  }

  /**
   * Assigns the names requested since the last call: to the previous owner if it still requests the
   * name, otherwise to the first requester.
   */
  Map<ResourceId, List<ValidationFailure>> assign() {
    for (Request request : requests) {
      if (request.requester().equals(previousOwners.get(request.name()))) {
        owners.put(request.name(), request.requester());
      }
    }
    Map<ResourceId, List<ValidationFailure>> verdicts = new HashMap<>();
    for (Request request : requests) {
      owners.putIfAbsent(request.name(), request.requester());
      ResourceId owner = owners.get(request.name());
      if (owner.equals(request.requester())) {
        verdicts.put(request.requester(), List.of());
        request.accept().run();
      } else {
        String message =
            request.name() + " is already used by " + owner + "; rename or delete one of them";
        verdicts.put(
            request.requester(), List.of(ValidationFailure.of(request.conflict(), message)));
      }
    }
    requests.clear();
    return verdicts;
  }

  /** Returns the owner of each assigned name. */
  Map<String, ResourceId> owners() {
    return Map.copyOf(owners);
  }
}
