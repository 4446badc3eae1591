/** How components publish metrics. Depends on nothing, so that every component can use it. */
package io.flowcore.worker.metrics;
