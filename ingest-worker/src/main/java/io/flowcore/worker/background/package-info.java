/** Tasks that run alongside requests. */
package io.flowcore.worker.background;
