/** Plans the Kubernetes objects that run an accepted data core. Pure: no client, no clock. */
package io.flowcore.operator.plan;
