package io.flowcore.worker.catalog;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;

/** An alias or a merge key of a YAML file is invalid. The message does not quote any value. */
final class AliasException extends JsonProcessingException {
  private static final long serialVersionUID = 1;

  AliasException(String message, JsonLocation location) {
    super(message, location);
  }
}
