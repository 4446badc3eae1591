package io.flowcore.worker.ingest.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.regex.Pattern;

/**
 * Builds {@code invalid_json} errors. Each one names the line and column of the problem, both from
 * 1; columns count bytes.
 */
final class InvalidJson {
  /** Remarks of the parser about its settings and sources, up to the end of its message. */
  private static final Pattern LIBRARY_REMARK =
      Pattern.compile(
          "(?s)[\\s:;,(]*(?:enable `|consider enabl|start marker|not recognized|for \\w+ starting|\\[Source).*");

  private InvalidJson() {}

  /** Returns the error for a problem at an offset of the body. */
  static ApiException at(byte[] body, int offset, String problem) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < offset && i < body.length; i++) {
      if (body[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return error(problem, line, offset - lineStart + 1);
  }

  /** Returns the error for a problem at a parser location, which is null if it is unknown. */
  static ApiException at(JsonLocation location, String problem) {
    return location == null
        ? error(problem, 1, 1)
        : error(problem, location.getLineNr(), location.getColumnNr());
  }

  /** Returns the error for a failure of the parser, without remarks about library settings. */
  static ApiException of(JsonProcessingException e) {
    return at(e.getLocation(), LIBRARY_REMARK.matcher(e.getOriginalMessage()).replaceAll(""));
  }

  private static ApiException error(String problem, int line, int column) {
    return new ApiException(
        ErrorCode.INVALID_JSON, problem + " (line " + line + ", column " + column + ")");
  }
}
