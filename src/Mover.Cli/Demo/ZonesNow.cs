using System.Text.Json.Nodes;

namespace Mover.Cli.Demo;

/// <summary>What <c>mover zone status</c> says, in a line.</summary>
/// <param name="Serving">Zones with a server, in order.</param>
/// <param name="Members">Members of etcd that answer.</param>
/// <param name="Leader">The zone whose member leads; null when nobody says so.</param>
/// <param name="Outlook">What a further loss would mean.</param>
internal sealed record ZonesNow(IReadOnlyList<string> Serving, int Members, int? Leader, string Outlook)
{
    public static ZonesNow Nothing { get; } = new([], 0, null, string.Empty);

    /// <summary>Reads the command's JSON.</summary>
    public static ZonesNow Read(string json)
    {
        var status = JsonNode.Parse(json);
        JsonObject[] members = [.. (status?["members"] as JsonArray ?? []).OfType<JsonObject>().Where(one => Is(one, "reachable"))];
        return new(
            [.. (status?["instances"] as JsonArray ?? []).Select(one => $"{one?["zone"]}").Order(StringComparer.Ordinal)],
            members.Length, members.Where(one => Is(one, "leader")).Select(one => (int?)ZoneOf($"{one["name"]}")).FirstOrDefault(),
            $"{status?["outlook"]}");
    }

    /// <summary>So many zones serve, keep the state, and have a leader.</summary>
    public bool HasAll(int zones) => Serving.Count == zones && Members == zones && Leader is not null;

    /// <inheritdoc/>
    public override string ToString() =>
        $"servers in zones {string.Join(", ", Serving)}; etcd is led by zone {Leader}, {Outlook}";

    // Members are named for their zones.
    private static int ZoneOf(string member) => member[^1] - '0';

    private static bool Is(JsonObject member, string name) => member[name]?.GetValue<bool>() == true;
}
