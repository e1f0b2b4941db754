using System.Text.Json.Nodes;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>Spoils JSON in ways that people and programs do.</summary>
internal static class JsonMutation
{
    private static readonly string[] Texts =
    [
        "", " ", "null", "0", "../..", "/", "//", "a/b", "\\", "'", "\"", "<script>", "${x}", "%00", "\0", "\u0001", "\u202e", "🙂", "é", "\ufeff",
        "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "NaN", "1e999", "SystemAssigned", "Deleting",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a", "https://v.vault.azure.net/secrets/x", "NfsMount",
        "CloudToCloud", "CON", "-1", "true", new('x', 1025), new('y', 70_000),
    ];

    private static readonly string[] Literals =
    [
        "null", "true", "false", "0", "-1", "1.5", "2147483648", "9223372036854775808", "1e308", "1E400", "-0", "[]", "{}", "[[[[]]]]", "\"\\uD800\"",
        "\"\\uDC00x\"", "{\"a\":{\"b\":[1,{\"c\":null}]}}", "\"text\"", "[null]", "[1,\"2\",{}]",
    ];

    /// <summary>A text of the body with some places spoilt; not always JSON any more.</summary>
    public static string Spoil(JsonObject body, Random random)
    {
        var spoilt = body.DeepClone().AsObject();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            Change(spoilt, random);
        }

        var text = spoilt.ToJsonString();
        return random.Next(8) switch
        {
            0 => text[..random.Next(text.Length)],
            1 => text.Insert(random.Next(text.Length), Literals[random.Next(Literals.Length)]),
            2 => Replaced(text, random),
            _ => text,
        };
    }

    public static string Text(Random random) => Texts[random.Next(Texts.Length)];

    private static void Change(JsonObject body, Random random)
    {
        var (parent, name) = Place(body, random);
        switch (random.Next(6))
        {
            case 0:
                parent.Remove(name);
                break;
            case 1:
                parent[name] = Text(random);
                break;
            case 2:
                parent[Text(random)] = Text(random);
                break;
            case 3:
                parent[name] = new JsonArray(Text(random), random.Next(), null);
                break;
            case 4:
                parent[name] = random.NextInt64(long.MinValue, long.MaxValue);
                break;
            default:
                parent[name] = Nested(random.Next(1, 80));
                break;
        }
    }

    private static (JsonObject Parent, string Name) Place(JsonObject body, Random random)
    {
        var parent = body;
        while (true)
        {
            if (parent.Count == 0)
            {
                return (parent, "properties");
            }

            var (name, value) = parent.ElementAt(random.Next(parent.Count));
            if (value is not JsonObject below || random.Next(4) == 0)
            {
                return (parent, name);
            }

            parent = below;
        }
    }

    private static JsonObject Nested(int depth)
    {
        var inner = new JsonObject();
        for (var at = 0; at < depth; at++)
        {
            inner = new() { ["properties"] = inner };
        }

        return inner;
    }

    // A value of the text becomes another literal.
    private static string Replaced(string text, Random random)
    {
        var at = text.IndexOf(':', random.Next(text.Length));
        var end = at < 0 ? -1 : text.IndexOfAny([',', '}'], at);
        return end < 0 ? text : text[..(at + 1)] + Literals[random.Next(Literals.Length)] + text[end..];
    }
}
