/**
 * The operator. It will reconcile the custom resources into ingest workers and their routing; so
 * far it only holds its place in the build. {@link io.flowcore.operator.OperatorMain} says so when
 * started.
 */
package io.flowcore.operator;
