/** Gathers everything that belongs to one data core from the caches of the watches. */
package io.flowcore.operator.gather;
