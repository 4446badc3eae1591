/** Looks up everything that belongs to one data core in the caches of the watches. */
package io.flowcore.operator.gather;
