package io.flowcore.worker.catalog;

import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactoryBuilder;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;

/**
 * A YAML parser that replaces each alias with the value of its anchor, as {@code kubectl} does.
 * Jackson's parser reads an alias as a string with the name of the anchor.
 */
final class AliasResolver extends YAMLParser {
  /**
   * The maximum size of all values that replace aliases in one file, in characters. A file itself
   * has at most 3 Mi characters, the limit of SnakeYAML. Without a limit, a short file of nested
   * aliases could expand to any size.
   */
  static final int MAX_EXPANSION = 4 << 20;

  /** Counted for each value in addition to its characters, since it takes memory too. */
  private static final int VALUE_SIZE = 16;

  private static final String MERGE_KEY = "<<";

  /** The range of an anchor's value in {@link #events}. */
  private record Range(int start, int end) {}

  /** A collection that has not ended. */
  private record OpenCollection(Optional<String> anchor, int start) {}

  /** The events of the document so far, with all aliases replaced. */
  private final List<Event> events = new ArrayList<>();

  private final Map<String, Range> anchors = new HashMap<>();
  private final Deque<OpenCollection> open = new ArrayDeque<>();
  private Range replay = new Range(0, 0);
  private long expansion;

  private AliasResolver(
      IOContext context,
      int features,
      int yamlFeatures,
      LoaderOptions options,
      ObjectCodec codec,
      Reader reader) {
    super(context, features, yamlFeatures, options, codec, reader);
  }

  /** Creates parsers that resolve aliases. */
  static final class Factory extends YAMLFactory {
    private static final long serialVersionUID = 1;

    /** Creates a factory with the settings of a builder. */
    Factory(YAMLFactoryBuilder settings) {
      super(settings);
    }

    @Override
    protected YAMLParser _createParser(InputStream in, IOContext context) throws IOException {
      return _createParser(_createReader(in, null, context), context);
    }

    @Override
    protected YAMLParser _createParser(Reader reader, IOContext context) {
      return new AliasResolver(
          context, _parserFeatures, _yamlParserFeatures, _loaderOptions, _objectCodec, reader);
    }
  }

  @Override
  protected Event getEvent() throws IOException {
    if (replay.start() < replay.end()) {
      return replayNext();
    }
    Event event = super.getEvent();
    return switch (event) {
      case AliasEvent alias -> {
        startReplay(alias);
        yield replayNext();
      }
      case null -> null;
      default -> {
        track(event);
        yield event;
      }
    };
  }

  private void track(Event event) {
    if (event instanceof DocumentStartEvent) {
      // The scope of an anchor is one document.
      events.clear();
      anchors.clear();
      open.clear();
    }
    int index = events.size();
    events.add(event);
    Optional<String> anchor =
        event instanceof NodeEvent node ? Optional.ofNullable(node.getAnchor()) : Optional.empty();
    switch (event) {
      case CollectionStartEvent start -> {
        // Inside the collection its anchor has no value yet, also if the name was used before.
        anchor.ifPresent(anchors::remove);
        open.push(new OpenCollection(anchor, index));
      }
      case CollectionEndEvent end -> {
        OpenCollection collection = open.pop();
        collection
            .anchor()
            .ifPresent(name -> anchors.put(name, new Range(collection.start(), index + 1)));
      }
      default -> anchor.ifPresent(name -> anchors.put(name, new Range(index, index + 1)));
    }
  }

  private void startReplay(AliasEvent alias) throws AliasException {
    Range range = anchors.get(alias.getAnchor());
    if (range == null) {
      throw new AliasException(
          "the alias *%s has no anchor &%s before it in its document"
              .formatted(alias.getAnchor(), alias.getAnchor()),
          _locationFor(alias.getStartMark()));
    }
    for (int i = range.start(); i < range.end(); i++) {
      expansion += VALUE_SIZE;
      if (events.get(i) instanceof ScalarEvent scalar) {
        expansion += scalar.getValue().length();
      }
    }
    if (expansion > MAX_EXPANSION) {
      throw new AliasException(
          String.format(
              Locale.ROOT,
              "the aliases expand to more than %,d characters; use fewer aliases",
              MAX_EXPANSION),
          _locationFor(alias.getStartMark()));
    }
    replay = range;
  }

  private Event replayNext() {
    Event event = events.get(replay.start());
    replay = new Range(replay.start() + 1, replay.end());
    // A collection that contains the alias can have an anchor too.
    events.add(event);
    return event;
  }

  /**
   * Returns a document with its merge keys ({@code <<}) replaced. As in {@code kubectl}, entries
   * apply in the order of the document, and the first mapping in a list of mappings wins.
   */
  static JsonNode merge(JsonNode node) throws AliasException {
    switch (node) {
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          array.set(i, merge(array.get(i)));
        }
      }
      case ObjectNode object when object.has(MERGE_KEY) -> {
        ObjectNode merged = object.objectNode();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          JsonNode value = merge(entry.getValue());
          if (entry.getKey().equals(MERGE_KEY)) {
            addMerged(value, merged);
          } else {
            merged.set(entry.getKey(), value);
          }
        }
        return merged;
      }
      case ObjectNode object -> {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          entry.setValue(merge(entry.getValue()));
        }
      }
      default -> {}
    }
    return node;
  }

  private static void addMerged(JsonNode value, ObjectNode target) throws AliasException {
    List<JsonNode> mappings = new ArrayList<>();
    (value.isArray() ? value : List.of(value)).forEach(mappings::add);
    for (JsonNode mapping : mappings.reversed()) {
      if (!(mapping instanceof ObjectNode object)) {
        throw new AliasException(
            "the value of a merge key (<<) must be a mapping or a list of mappings", null);
      }
      target.setAll(object);
    }
  }
}
