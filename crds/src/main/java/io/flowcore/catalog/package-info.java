/**
 * The catalog: what a worker has to know of the custom resources, and the pure function that
 * derives it from them.
 *
 * <p>{@link io.flowcore.catalog.CatalogCompiler} turns resources into a {@link
 * io.flowcore.catalog.Catalog} and says why a resource was refused. The operator compiles what it
 * watches and writes the files of {@link io.flowcore.catalog.CatalogCodec}; a worker reads those
 * files, or compiles a folder of manifests by itself. Nothing here does I/O or looks at a clock.
 */
package io.flowcore.catalog;
