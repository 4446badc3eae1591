/** Brings planned objects into the cluster, and writes only what differs. */
package io.flowcore.operator.apply;
