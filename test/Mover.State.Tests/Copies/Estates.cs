using System.Text.Json.Serialization;
using Mover.Core.Arm;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.State.Tests.Copies;

/// <summary>States at random: documents and their audit records, keys and values of all sizes, what is bound to leases.</summary>
internal static class Estates
{
    public static readonly WriteStamp Stamp = new("tester", "User", new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), "c");

    public static CopyTerms Copying { get; } = new(CopyKinds.Copy, Stamp);

    public static async Task FillAsync(IStateStore store, int seed, int size = 300)
    {
        var random = new Random(seed);
        var documents = new DocumentStore(store);
        for (var at = 0; at < size; at++)
        {
            var id = ResourceId.OfGroup("s", $"g{random.Next(5)}").Child("things", $"t{random.Next(size)}");
            await documents.PutAsync(
                id, new Thing(new string('é', random.Next(200)), at), EstatesJson.Default.Thing, DocumentCondition.Always,
                Stamp with { Routine = random.Next(2) == 0 }, default);
        }

        var lease = await store.GrantLeaseAsync(TimeSpan.FromHours(1), default);
        await store.CommitAsync([], [new("heard/a", "held"u8.ToArray(), lease), new("empty", Array.Empty<byte>())], default);
        await store.CommitAsync([], [new($"k/{new string('k', 1900)}", new byte[random.Next(1000)])], default);
        foreach (var key in new[] { "\0", "z\uffff", "z😀", "z", "Z", "/" })
        {
            await store.CommitAsync([], [new(key, Bytes(random, random.Next(3000)))], default);
        }

        for (var large = 0; large < 3; large++)
        {
            await store.CommitAsync([], [new($"large/{large}", Bytes(random, StateLimits.ValueBytesMax - large))], default);
        }
    }

    /// <summary>What of a state goes along.</summary>
    public static List<(string Key, string Value)> Moved(this IEnumerable<(string Key, string Value, bool IsLeased)> all) =>
        [.. all.Where(one => !one.IsLeased && !one.Key.StartsWith("commits/", StringComparison.Ordinal)).Select(one => (one.Key, one.Value))];

    /// <summary>What a finished copy holds of its source: all but its own note and record.</summary>
    public static List<(string Key, string Value)> Taken(this IEnumerable<(string Key, string Value, bool IsLeased)> all, Place source) =>
        [.. all.Select(one => (one.Key, one.Value)).Where(one =>
            one.Key is not "store/copied" and not "store/restored" && !IsEnd(one.Key))];

    // The audit record of a copy's end: its number is the attempt's.
    private static bool IsEnd(string key) => key.StartsWith("audit/", StringComparison.Ordinal) && key.Contains("/0-", StringComparison.Ordinal);

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

internal sealed record Thing(string Name, int Count);

[JsonSerializable(typeof(Thing))]
internal sealed partial class EstatesJson : JsonSerializerContext;
