using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Recovery.Rules;

/// <summary>A place in a JSON document. Source: RFC 6901.</summary>
public sealed class JsonPointer
{
    /// <summary>Steps that a pointer may have.</summary>
    public const int StepsMax = 32;

    private readonly string[] _steps;

    private JsonPointer(string[] steps) => _steps = steps;

    /// <summary>True for the whole document.</summary>
    public bool IsRoot => _steps.Length == 0;

    /// <summary>The last step, unescaped.</summary>
    public string Last => _steps[^1];

    /// <summary>The place that holds this one.</summary>
    public JsonPointer Parent => new(_steps[..^1]);

    /// <summary>Parses <c>""</c> or <c>/a/b~1c/0</c>; false when it is malformed or has too many steps.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer)
    {
        pointer = null;
        if (text.Length == 0)
        {
            pointer = new([]);
            return true;
        }

        if (text[0] != '/')
        {
            return false;
        }

        var steps = text[1..].Split('/');
        if (steps.Length > StepsMax || Array.Exists(steps, HasLooseTilde))
        {
            return false;
        }

        pointer = new([.. steps.Select(step =>
            step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]);
        return true;
    }

    /// <summary>True when <paramref name="other"/> is this place or lies within it.</summary>
    public bool Holds(JsonPointer other) => other._steps.AsSpan().StartsWith(_steps);

    /// <summary>Finds what is there; false when nothing is. What is there may be the JSON <c>null</c>.</summary>
    public bool TryFind(JsonNode? document, out JsonNode? found)
    {
        found = document;
        foreach (var step in _steps)
        {
            switch (found)
            {
                case JsonObject one when one.TryGetPropertyValue(step, out var member):
                    found = member;
                    break;
                case JsonArray array when IndexOf(step) is { } at && at < array.Count:
                    found = array[at];
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>The number that a step of an array is; null for one that is none (a sign, a leading zero, a word).</summary>
    public static int? IndexOf(string step) =>
        (step.Length == 1 || !step.StartsWith('0')) && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? at
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Concat(_steps.Select(step => "/" + Escaped(step)));

    /// <summary>A step as a pointer writes it.</summary>
    public static string Escaped(string step) => step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1",
        StringComparison.Ordinal);

    private static bool HasLooseTilde(string step)
    {
        for (var at = step.IndexOf('~', StringComparison.Ordinal); at >= 0; at = step.IndexOf('~', at + 1))
        {
            if (at + 1 == step.Length || step[at + 1] is not ('0' or '1'))
            {
                return true;
            }
        }

        return false;
    }
}
