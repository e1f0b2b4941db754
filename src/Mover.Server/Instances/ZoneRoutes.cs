using System.Text.Json;
using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Instances;

/// <summary>
/// <c>GET /subscriptions/{id}/zones</c>, Mover's own: the instances, who keeps the state, who does which work, and what a further loss
/// would mean. For whoever may read the subscription.
/// </summary>
internal sealed class ZoneRoutes(InstanceTable table, Instance own, IStateStore store, DocumentStore documents, ServerOptions options)
{
    private static readonly RequiredAction Read = new("Mover/zones/read") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/subscriptions/{subscription}/zones", ShowAsync).TakesNoApiVersion().WithMetadata(Read);

    private async Task<IResult> ShowAsync(CancellationToken cancel)
    {
        var members = await store.ReadMembersAsync(cancel);
        var loops = await documents.ReadAsync([.. LoopNames.All.Select(name => DocumentKey.Internal(OwnedLoop.Area, name))], cancel);
        return ArmResults.Written(json =>
        {
            json.WriteStartObject();
            json.WriteString("region", options.Region);
            json.WriteString("store", options.Store.Name);
            json.WriteBoolean("replicated", members.IsReplicated);
            Write(json, "instances", table.Live.Select(one => one.Record), WriteInstance);
            Write(json, "members", members.Members, WriteMember);
            Write(json, "loops", LoopNames.All, (writer, name) => WriteLoop(
                writer, name, loops.Get(DocumentKey.Internal(OwnedLoop.Area, name), LoopJson.Default.LoopOwner)?.Value.Instance));
            json.WriteString("outlook", members.Outlook);
            json.WriteEndObject();
        });
    }

    private static void Write<T>(Utf8JsonWriter json, string name, IEnumerable<T> all, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var one in all)
        {
            json.WriteStartObject();
            write(json, one);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteInstance(Utf8JsonWriter json, InstanceRecord one)
    {
        json.WriteString("name", one.Name);
        json.WriteString("zone", one.Zone);
        WriteTexts(json, "addresses", one.Addresses);
        json.WriteString("version", one.Version);
        json.WriteString("startedAt", one.StartedAt);
        json.WriteBoolean("answered", one.Name == own.Name);
    }

    private static void WriteMember(Utf8JsonWriter json, StoreMember one)
    {
        json.WriteString("name", one.Name);
        WriteTexts(json, "addresses", one.Addresses);
        json.WriteBoolean("voter", one.IsVoter);
        json.WriteBoolean("leader", one.IsLeader);
        json.WriteBoolean("reachable", one.IsReachable);
        json.WriteString("problem", one.Problem);
        json.WriteString("version", one.Version);
        WriteNumber(json, "bytes", one.Bytes);
        WriteNumber(json, "bytesInUse", one.BytesInUse);
        WriteNumber(json, "bytesMax", one.BytesMax);
        WriteTexts(json, "alarms", one.Alarms);
    }

    // Between an owner and the next a loop has none for a moment.
    private void WriteLoop(Utf8JsonWriter json, string name, string? owner)
    {
        json.WriteString("name", name);
        json.WriteString("owner", owner);
        json.WriteString("zone", table.Live.FirstOrDefault(one => one.Record.Name == owner)?.Record.Zone);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
