using System.Text.Json.Nodes;

namespace Mover.Recovery.Rules;

/// <summary>One operation of a patch.</summary>
/// <param name="Op"><c>add</c>, <c>remove</c>, <c>replace</c>, <c>move</c>, <c>copy</c> or <c>test</c>.</param>
/// <param name="Path">Where.</param>
/// <param name="From">From where, of <c>move</c> and <c>copy</c>.</param>
/// <param name="Value">What, of <c>add</c>, <c>replace</c> and <c>test</c>.</param>
public sealed record PatchOperation(string Op, JsonPointer Path, JsonPointer? From, JsonNode? Value);

/// <summary>JSON patches (RFC 6902) and merge patches (RFC 7396). The document that is given is changed.</summary>
internal static class JsonPatch
{
    /// <summary>
    /// Applies the operations in their order. Answers null when all were applied, else what did not hold; the document is half patched
    /// then.
    /// </summary>
    public static string? Apply(JsonObject document, IEnumerable<PatchOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (Apply(document, operation) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>Merges a patch into an object: members replace, objects merge, <c>null</c> removes.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject inner:
                    if (target[name] is not JsonObject there)
                    {
                        target[name] = there = [];
                    }

                    Merge(there, inner);
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }

    private static string? Apply(JsonObject document, PatchOperation operation)
    {
        var path = operation.Path;
        switch (operation.Op)
        {
            case "test":
                return path.TryFind(document, out var tested) && JsonNode.DeepEquals(tested, operation.Value)
                    ? null
                    : $"test failed at '{path}'";
            case "add":
                return Add(document, path, operation.Value?.DeepClone());
            case "remove":
                return Remove(document, path);
            case "replace":
                return path.TryFind(document, out _)
                    ? Remove(document, path) ?? Add(document, path, operation.Value?.DeepClone())
                    : $"there is nothing to replace at '{path}'";
            case "copy":
                return operation.From is { } from && from.TryFind(document, out var copied)
                    ? Add(document, path, copied?.DeepClone())
                    : $"there is nothing to copy at '{operation.From}'";
            case "move":
                if (operation.From is not { } origin || !origin.TryFind(document, out var moved))
                {
                    return $"there is nothing to move at '{operation.From}'";
                }

                // RFC 6902, 4.4: a place cannot be moved into itself.
                if (origin.Holds(path))
                {
                    return origin.ToString() == path.ToString() ? null : $"'{origin}' cannot be moved into itself";
                }

                var value = moved?.DeepClone();
                return Remove(document, origin) ?? Add(document, path, value);
            default:
                return $"'{operation.Op}' is not an operation";
        }
    }

    private static string? Add(JsonObject document, JsonPointer path, JsonNode? value)
    {
        if (path.IsRoot)
        {
            return "the whole resource cannot be replaced";
        }

        if (!path.Parent.TryFind(document, out var holder))
        {
            return $"there is nothing at '{path.Parent}'";
        }

        switch (holder)
        {
            case JsonObject one:
                one[path.Last] = value;
                return null;
            case JsonArray array when path.Last == "-":
                array.Add(value);
                return null;
            case JsonArray array when JsonPointer.IndexOf(path.Last) is { } at && at <= array.Count:
                array.Insert(at, value);
                return null;
            default:
                return $"nothing can be added at '{path}'";
        }
    }

    private static string? Remove(JsonObject document, JsonPointer path)
    {
        if (path.IsRoot)
        {
            return "the whole resource cannot be removed by a patch: use \"remove\": true";
        }

        _ = path.Parent.TryFind(document, out var holder);
        switch (holder)
        {
            case JsonObject one when one.Remove(path.Last):
                return null;
            case JsonArray array when JsonPointer.IndexOf(path.Last) is { } at && at < array.Count:
                array.RemoveAt(at);
                return null;
            default:
                return $"there is nothing to remove at '{path}'";
        }
    }
}
