/**
 * The API: the custom resources of {@code flowcore.io/v1alpha1} as plain records.
 *
 * <p>Field descriptions are part of the API: they become the text of the CRDs and of {@code kubectl
 * explain}. Each says what the field does, its unit, what holds when it is left out, and what
 * changing it costs: nothing, a live reload (no process restarts), or a rolling restart of the
 * ingest workers.
 */
package io.flowcore.api.v1alpha1;
