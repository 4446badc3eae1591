/** Builds the statuses of the custom resources. Pure: no client, no clock. */
package io.flowcore.operator.status;
