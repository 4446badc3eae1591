/**
 * Turns an accepted data core into the Kubernetes objects that run it. Pure: no client, no clock.
 */
package io.flowcore.operator.plan;
