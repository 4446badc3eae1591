/** Queries running workers for their loaded catalog and their readiness. */
package io.flowcore.operator.worker;
