using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>Refuses an export with secrets in its parameters, and with expressions that only a running deployment could evaluate.</summary>
internal static class ExportedSecrets
{
    public static void Check(JsonObject template)
    {
        foreach (var (name, parameter) in template["parameters"] as JsonObject ?? [])
        {
            var type = Estate.TextOf((parameter as JsonObject)?["type"]) ?? string.Empty;
            if (type.StartsWith("secure", StringComparison.OrdinalIgnoreCase) && parameter?["defaultValue"] is not null)
            {
                throw SecretScan.Found($"The secure parameter '{name}' of the export has a default value.");
            }
        }

        Visit(template["resources"]);
    }

    private static void Visit(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject one:
                foreach (var (_, value) in one)
                {
                    Visit(value);
                }

                break;
            case JsonArray many:
                foreach (var value in many)
                {
                    Visit(value);
                }

                break;
            case JsonValue when Estate.TextOf(node) is ['[', not '[', .., ']'] text
                && (text.Contains("reference(", StringComparison.OrdinalIgnoreCase)
                    || text.StartsWith("[list", StringComparison.OrdinalIgnoreCase)):
                throw new RecoveryException(
                    "ExportNotReadable", "The export has an expression that only a running deployment can evaluate (reference or list).",
                    "A storage mover's configuration has no such values; report this export as a bug.");
        }
    }
}
