/**
 * The operator: reconciles the custom resources into ingest workers and their routes. Data flows
 * through the packages in this order: {@code gather}, {@code resolve}, {@code plan}, {@code apply},
 * {@code status}; {@code reconcile} connects them.
 */
package io.flowcore.operator;
