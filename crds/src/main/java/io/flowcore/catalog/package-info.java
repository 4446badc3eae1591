/**
 * The catalog: what a worker needs to know about the custom resources, and the pure function that
 * derives it from them.
 *
 * <p>{@link io.flowcore.catalog.CatalogCompiler} compiles resources into a {@link
 * io.flowcore.catalog.Catalog} and reports why a resource is rejected. {@link
 * io.flowcore.catalog.LastKnownGood} decides what stays active of a rejected resource. The operator
 * compiles the resources that it watches and writes the files of {@link
 * io.flowcore.catalog.CatalogCodec}; a worker reads these files, or compiles a directory of
 * manifests itself. This package does no I/O and reads no clock.
 *
 * <p>The dependency is one-way: this package uses the API model in {@code
 * io.flowcore.api.v1alpha1}, which does not depend on the catalog.
 */
package io.flowcore.catalog;
