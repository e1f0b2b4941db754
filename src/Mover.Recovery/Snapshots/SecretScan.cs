using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mover.Core.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// Refuses a template that holds an obvious secret: Storage Mover's own resources name secrets by the URI of a vault, and never hold one.
/// Says where, never what.
/// </summary>
internal static partial class SecretScan
{
    public static void Check(JsonObject template)
    {
        foreach (var resource in template["resources"] as JsonArray ?? [])
        {
            if (resource is JsonObject one)
            {
                Visit(one, string.Empty, $"{EstateTypes.WordOf($"{one["type"]}")} {PrintedText.Of($"{one["name"]}", 200)}");
            }
        }
    }

    /// <summary>The refusal.</summary>
    public static RecoveryException Found(string what) => new(
        "SecretInEstate", what, "Store the secret in a vault and reference it by its URI, then take the snapshot again.");

    private static void Visit(JsonNode? node, string path, string where)
    {
        switch (node)
        {
            case JsonObject one:
                foreach (var (name, value) in one)
                {
                    Visit(value, path.Length == 0 ? name : $"{path}.{name}", where);
                }

                break;
            case JsonArray many:
                foreach (var value in many)
                {
                    Visit(value, path, where);
                }

                break;
            case JsonValue when Estate.TextOf(node) is { Length: > 0 } text && IsSecret(path, text):
                throw Found($"The property '{PrintedText.Of(path, 200)}' of {where} looks like a secret.");
        }
    }

    private static bool IsSecret(string path, string text)
    {
        if (SecretText().IsMatch(text))
        {
            return true;
        }

        var name = path[(path.LastIndexOf('.') + 1)..];
        var isTag = path.StartsWith("tags.", StringComparison.Ordinal);
        return SecretName().IsMatch(name) && !IsAddress(name, text)
            && (!isTag || !name.EndsWith("key", StringComparison.OrdinalIgnoreCase));
    }

    // …Uri names where a secret is kept.
    private static bool IsAddress(string name, string text) =>
        name.EndsWith("uri", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0;

    [GeneratedRegex(
        @"[?&;\s]sig=\S|\Asig=\S|AccountKey=\S|SharedAccessKey=\S|-----BEGIN [A-Z ]*PRIVATE KEY|\A[a-z][a-z0-9+.-]*://[^/@\s:]*:[^/@\s]+@",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretText();

    [GeneratedRegex(
        @"(?<!public)key\z|(?<!public)key(uri|s)\z|passw(or)?d(uri)?\z|pwd\z|secret(uri|s|value)?\z|token(uri|s)?\z|connectionstring\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretName();
}
