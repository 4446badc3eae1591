/**
 * The API: the custom resources of {@code flowcore.io/v1alpha1} as plain records.
 *
 * <p>Field descriptions are part of the API: they become the text of the CRDs and of {@code kubectl
 * explain}. Each states the effect of the field, its unit, its default, and what a change costs: no
 * restart, a live reload (the workers load the new catalog without a restart), or a rolling restart
 * of the workers.
 */
package io.flowcore.api.v1alpha1;
