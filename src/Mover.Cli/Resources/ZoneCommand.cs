using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover zone status</c>: which instances serve where, who keeps the state, who does which work, and what a further loss would mean.
/// </summary>
internal static class ZoneCommand
{
    private static readonly Column[] Instances =
        [new("Instance", "name"), new("Zone", "zone"), new("Addresses", "addresses"), new("Version", "version"), new("Since", "startedAt")];

    private static readonly Column[] Members =
    [
        new("Member", "name"), new("Role", "role"), new("State", "state"), new("Version", "version"), new("Size", "size"),
        new("Alarms", "alarms"),
    ];

    private static readonly Column[] Loops = [new("Work", "name"), new("Instance", "owner"), new("Zone", "zone")];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(StorageAccountCommand.Noun, terminal);
        var results = new ResultWriter(terminal);
        return new("zone", "Show the instances and zones of the control plane.")
        {
            verbs.Build(
                "status", "Show the instances, the members of the store, the distribution of background work, "
                    + "and the effect of another loss.", null, [],
                (plane, _, format, cancel) => ShowAsync(plane, results, terminal, format, cancel)),
        };
    }

    private static async Task ShowAsync(
        ControlPlane plane, ResultWriter results, Terminal terminal, string format, CancellationToken cancel)
    {
        var subscription = await plane.GetSubscriptionAsync(cancel);
        var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, $"/subscriptions/{subscription}/zones"), cancel);
        var status = answer.Body as JsonObject ?? [];
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(status);
            return;
        }

        results.WriteMany(format, [.. Of(status, "instances").Select(Instance)], Instances);
        Separate(terminal, format);
        results.WriteMany(format, [.. Of(status, "members").Select(Member)], Members);
        Separate(terminal, format);
        results.WriteMany(format, [.. Of(status, "loops").Select(Loop)], Loops);
        Separate(terminal, format);
        if (!ResultWriter.Is(format, ResultWriter.None))
        {
            terminal.Out.WriteLine($"{status["outlook"]}");
        }
    }

    private static void Separate(Terminal terminal, string format)
    {
        if (ResultWriter.Is(format, ResultWriter.Table))
        {
            terminal.Out.WriteLine();
        }
    }

    private static IEnumerable<JsonObject> Of(JsonObject status, string name) => (status[name] as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject Instance(JsonObject told) => With(told, "addresses", Joined(told["addresses"]));

    private static JsonObject Member(JsonObject told)
    {
        var shown = With(told, "alarms", Joined(told["alarms"]) is { Length: > 0 } alarms ? alarms : "none");
        shown["role"] = Is(told, "leader") ? "leader" : Is(told, "voter") ? "voter" : "learner";
        shown["state"] = Is(told, "reachable") ? "reachable" : $"not reachable: {told["problem"]}";
        shown["size"] = told["bytes"]?.GetValue<long>() is { } bytes
            ? told["bytesMax"]?.GetValue<long>() is { } most ? $"{Mebibytes(bytes)} of {Mebibytes(most)}" : Mebibytes(bytes)
            : string.Empty;
        return shown;
    }

    private static JsonObject Loop(JsonObject told) =>
        told["owner"] is null ? With(told, "owner", "none at the moment") : With(told, "name", $"{told["name"]}");

    private static JsonObject With(JsonObject told, string name, string value)
    {
        var shown = (JsonObject)told.DeepClone();
        shown[name] = value;
        return shown;
    }

    private static bool Is(JsonObject told, string name) => told[name]?.GetValue<bool>() == true;

    private static string Joined(JsonNode? list) => string.Join(", ", (list as JsonArray ?? []).Select(one => $"{one}"));

    private static string Mebibytes(long bytes) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");
}
