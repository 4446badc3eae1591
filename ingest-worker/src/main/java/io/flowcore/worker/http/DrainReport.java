package io.flowcore.worker.http;

import java.time.Duration;

/**
 * What happened to clients while a worker stopped serving them.
 *
 * @param finishedRequests authenticated requests that ended in this time
 * @param unfinishedRequests requests that were still in progress at its end, and are cut off
 * @param idleConnections connections without a request in progress that were open at its end
 * @param duration how long it took
 */
public record DrainReport(
    long finishedRequests, int unfinishedRequests, int idleConnections, Duration duration) {}
