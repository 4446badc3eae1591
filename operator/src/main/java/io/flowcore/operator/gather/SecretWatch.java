package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Watches Secrets. It keeps only name and version of each; the data of a Secret is read from the
 * API server when it is needed, once for each version. So a namespace with many unrelated Secrets
 * needs little memory.
 */
public final class SecretWatch implements AutoCloseable {
  private static final long LIST_PAGE = 500;

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final List<SharedIndexInformer<Secret>> informers = new ArrayList<>();
  private final Map<String, Secret> readSecrets = new ConcurrentHashMap<>();
  private volatile Consumer<Secret> listener = secret -> {};

  /**
   * Creates the watch without starting it.
   *
   * @param namespaces to watch; all if empty
   */
  public SecretWatch(KubernetesClient client, Set<String> namespaces) {
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
  }

  /**
   * Starts the watch; returns when all Secrets are known.
   *
   * @param changeListener called for each Secret that was created, changed or deleted, from then on
   */
  public void start(Consumer<Secret> changeListener) {
    listener = changeListener;
    if (namespaces.isEmpty()) {
      informers.add(client.secrets().inAnyNamespace().withLimit(LIST_PAGE).runnableInformer(0));
    }
    for (String namespace : namespaces) {
      informers.add(
          client.secrets().inNamespace(namespace).withLimit(LIST_PAGE).runnableInformer(0));
    }
    for (SharedIndexInformer<Secret> informer : informers) {
      // An interrupted watch is retried forever; the health checks report it meanwhile.
      informer.exceptionHandler((started, failure) -> true);
      informer.itemStore(new OutlineStore()).addEventHandler(new Listener());
    }
    informers.forEach(informer -> informer.start().toCompletableFuture().join());
  }

  /** Returns a Secret with its data, if it exists. */
  public Optional<Secret> find(String namespace, String name) {
    String key = Index.key(namespace, name);
    Optional<Secret> outline = outline(key);
    if (outline.isEmpty()) {
      readSecrets.remove(key);
      return Optional.empty();
    }
    Secret known = readSecrets.get(key);
    if (known != null && isSameVersion(known, outline.get())) {
      return Optional.of(known);
    }
    Secret fetched = client.secrets().inNamespace(namespace).withName(name).get();
    if (fetched == null) {
      return Optional.empty();
    }
    readSecrets.put(key, fetched);
    return Optional.of(fetched);
  }

  private Optional<Secret> outline(String key) {
    return informers.stream()
        .map(informer -> informer.getStore().getByKey(key))
        .filter(found -> found != null)
        .findFirst();
  }

  private static boolean isSameVersion(Secret one, Secret other) {
    return one.getMetadata().getResourceVersion().equals(other.getMetadata().getResourceVersion());
  }

  /** Returns the approximate size of the cache: the characters of its Secrets as JSON. */
  public long cachedBytes() {
    return informers.stream()
        .flatMap(informer -> informer.getStore().list().stream())
        .mapToLong(secret -> Serialization.asJson(secret).length())
        .sum();
  }

  /** Returns whether all watches are connected. */
  public boolean isWatching() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
  }

  /** Stores only name and version of Secrets. */
  private static final class OutlineStore extends BasicItemStore<Secret> {
    OutlineStore() {
      super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public Secret put(String key, Secret secret) {
      return super.put(
          key,
          new SecretBuilder()
              .withNewMetadata()
              .withNamespace(secret.getMetadata().getNamespace())
              .withName(secret.getMetadata().getName())
              .withUid(secret.getMetadata().getUid())
              .withResourceVersion(secret.getMetadata().getResourceVersion())
              .endMetadata()
              .build());
    }

    @Override
    public boolean isFullState() {
      return false;
    }
  }

  private final class Listener implements ResourceEventHandler<Secret> {
    @Override
    public void onAdd(Secret secret) {
      listener.accept(secret);
    }

    @Override
    public void onUpdate(Secret before, Secret secret) {
      if (!isSameVersion(before, secret)) {
        listener.accept(secret);
      }
    }

    @Override
    public void onDelete(Secret secret, boolean finalStateUnknown) {
      readSecrets.remove(Index.key(secret, secret.getMetadata().getName()));
      listener.accept(secret);
    }
  }
}
