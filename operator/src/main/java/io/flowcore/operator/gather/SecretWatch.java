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
 * Knows of every Secret that it is there and at which version, and keeps nothing else of it. The
 * content of the few that are named by a resource is fetched when it is looked at, once for each
 * version, so that a namespace full of foreign Secrets costs no memory to speak of.
 */
public final class SecretWatch implements AutoCloseable {
  private static final long LIST_PAGE = 500;

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final List<SharedIndexInformer<Secret>> informers = new ArrayList<>();
  private final Map<String, Secret> read = new ConcurrentHashMap<>();
  private volatile Consumer<Secret> listener = secret -> {};

  /**
   * Does not start yet.
   *
   * @param namespaces to watch; all if empty
   */
  public SecretWatch(KubernetesClient client, Set<String> namespaces) {
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
  }

  /** Starts, and returns when all Secrets are known. What changes from then on is told. */
  public void start(Consumer<Secret> changed) {
    listener = changed;
    if (namespaces.isEmpty()) {
      informers.add(client.secrets().inAnyNamespace().withLimit(LIST_PAGE).runnableInformer(0));
    }
    for (String namespace : namespaces) {
      informers.add(
          client.secrets().inNamespace(namespace).withLimit(LIST_PAGE).runnableInformer(0));
    }
    for (SharedIndexInformer<Secret> informer : informers) {
      // A watch that breaks off is taken up again for ever; health tells meanwhile.
      informer.exceptionHandler((started, failure) -> true);
      informer.itemStore(new Outlines()).addEventHandler(new Listener());
    }
    informers.forEach(informer -> informer.start().toCompletableFuture().join());
  }

  /** A Secret with its content, if it is there. */
  public Optional<Secret> find(String namespace, String name) {
    String key = Index.key(namespace, name);
    Optional<Secret> outline = outline(key);
    if (outline.isEmpty()) {
      read.remove(key);
      return Optional.empty();
    }
    Secret known = read.get(key);
    if (known != null && sameVersion(known, outline.get())) {
      return Optional.of(known);
    }
    Secret fetched = client.secrets().inNamespace(namespace).withName(name).get();
    if (fetched == null) {
      return Optional.empty();
    }
    read.put(key, fetched);
    return Optional.of(fetched);
  }

  private Optional<Secret> outline(String key) {
    return informers.stream()
        .map(informer -> informer.getStore().getByKey(key))
        .filter(found -> found != null)
        .findFirst();
  }

  private static boolean sameVersion(Secret one, Secret other) {
    return one.getMetadata().getResourceVersion().equals(other.getMetadata().getResourceVersion());
  }

  /** About how much is kept of all Secrets, in characters of their text form. */
  public long keptBytes() {
    return informers.stream()
        .flatMap(informer -> informer.getStore().list().stream())
        .mapToLong(secret -> Serialization.asJson(secret).length())
        .sum();
  }

  /** Whether changes are being heard of. */
  public boolean watching() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
  }

  /** Name and version. */
  private static final class Outlines extends BasicItemStore<Secret> {
    Outlines() {
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
      if (!sameVersion(before, secret)) {
        listener.accept(secret);
      }
    }

    @Override
    public void onDelete(Secret secret, boolean finalStateUnknown) {
      read.remove(Index.key(secret, secret.getMetadata().getName()));
      listener.accept(secret);
    }
  }
}
