/**
 * The operator: reconciles the custom resources into ingest workers and their routing. Data flows
 * through the rooms in this order: {@code gather}, {@code resolve}, {@code plan}, {@code apply},
 * {@code status}; {@code reconcile} wires them.
 */
package io.flowcore.operator;
