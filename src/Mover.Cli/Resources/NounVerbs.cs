using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary>Makes the verbs that every noun has: create, show, list, update, delete, and actions of its own.</summary>
internal sealed class NounVerbs(Noun noun, Terminal terminal)
{
    private readonly ResultWriter _results = new(terminal);

    private string Article => "aeiou".Contains(noun.Title[0], StringComparison.Ordinal) ? "an" : "a";

    /// <summary>PUTs the body that the flags describe; <paramref name="complete"/> adds what no flag says.</summary>
    public Command Create(
        string verb, string description, IReadOnlyList<BodyFlag> flags,
        Func<ControlPlane, ResourceId, JsonObject, CancellationToken, Task>? complete = null) =>
        OfOne(verb, description, flags, async (plane, id, parsed, cancel) =>
        {
            var body = flags.Fill(parsed, new() { ["properties"] = new JsonObject() });
            if (complete is not null)
            {
                await complete(plane, id, body, cancel);
            }

            return await plane.Client.PutAsync(id, body, cancel);
        });

    /// <summary>PATCHes the properties that were given; <paramref name="complete"/> adds what the API wants beside them.</summary>
    public Command Update(string verb, string description, IReadOnlyList<BodyFlag> flags, Action<JsonObject>? complete = null) =>
        OfOne(verb, description, flags, async (plane, id, parsed, cancel) =>
        {
            var body = flags.Fill(parsed, []);
            if (body.Count == 0)
            {
                throw CliException.Usage("Nothing to update.", $"Flags: {string.Join(", ", flags.Select(f => f.Flag.Name))}.");
            }

            complete?.Invoke(body);
            return await plane.Client.PatchAsync(id, body, cancel);
        });

    public Command Show() =>
        OfOne("show", $"Show one {noun.Title}.", [], (plane, id, _, cancel) => plane.Client.GetAsync(id, cancel));

    public Command List(bool groupIsOptional = false)
    {
        var scope = new ScopeFlags(noun, withName: false, groupIsOptional);
        return Build(
            "list",
            groupIsOptional ? $"List the {noun.Title}s of a group, or of the subscription." : $"List the {noun.Title}s.",
            scope,
            [],
            async (plane, parsed, format, cancel) =>
        {
            var documents = await plane.ListAsync(await scope.ReadCollectionAsync(parsed, plane, cancel), cancel);
            _results.WriteMany(format, documents, noun.Columns);
        });
    }

    public Command Delete(string verb = "delete", string? description = null)
    {
        var scope = new ScopeFlags(noun, withName: true);
        var yes = Prompts.YesFlag();
        var noWait = new Option<bool>("--no-wait") { Description = "Return as soon as the server has accepted the request." };
        return Build(
            verb, description ?? $"Delete {Article} {noun.Title}, and wait until it is deleted.", scope, [yes, noWait],
            async (plane, parsed, _, cancel) =>
        {
            var id = await scope.ReadIdAsync(parsed, plane, cancel);
            Prompts.Confirm(
                terminal, parsed.GetValue(yes), $"{(verb == "delete" ? "Delete" : "Unregister")} "
                    + $"{id.TypeAndNames} and everything below it?");
            if (!await plane.Client.DeleteAsync(id, cancel, wait: !parsed.GetValue(noWait)))
            {
                terminal.Error.WriteLine($"No {noun.Title} is named '{id.Name}'.");
            }
        });
    }

    /// <summary>Waits until the resource is as a flag says, as <c>az … wait</c> does; fails when that takes too long.</summary>
    public Command Wait()
    {
        var scope = new ScopeFlags(noun, withName: true);
        var waiting = new WaitFlags();
        return Build("wait", $"Wait until {Article} {noun.Title} is created, exists, or is deleted.", scope, waiting.All,
            async (plane, parsed, _, cancel) =>
                await waiting.WaitAsync(parsed, plane, await scope.ReadIdAsync(parsed, plane, cancel), terminal.Clock, cancel));
    }

    /// <summary>A verb on one resource whose answer is a document.</summary>
    public Command OfOne(
        string verb, string description, IReadOnlyList<BodyFlag> flags,
        Func<ControlPlane, ResourceId, ParseResult, CancellationToken, Task<JsonObject>> act,
        IReadOnlyList<Column>? columns = null)
    {
        var scope = new ScopeFlags(noun, withName: true);
        return Build(verb, description, scope, [.. flags.Select(f => f.Flag)], async (plane, parsed, format, cancel) =>
        {
            var document = await act(plane, await scope.ReadIdAsync(parsed, plane, cancel), parsed, cancel);
            _results.WriteOne(format, document, columns ?? noun.Columns);
        });
    }

    /// <summary>A verb with the connection's flags and <c>--output</c>.</summary>
    public Command Build(
        string verb, string description, ScopeFlags? scope, IReadOnlyList<Option> options,
        Func<ControlPlane, ParseResult, string, CancellationToken, Task> act)
    {
        var command = new Command(verb, description);
        scope?.AddTo(command);
        foreach (var option in options)
        {
            command.Add(option);
        }

        var output = ResultWriter.CreateFlag();
        command.Add(output);
        var connection = new ConnectionFlags();
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            await act(plane, parsed, parsed.GetRequiredValue(output), cancel);
            return ExitCodes.Ok;
        });
        return command;
    }
}
