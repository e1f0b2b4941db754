using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Resources;

/// <summary><c>mover group</c>: resource groups.</summary>
internal static class GroupCommand
{
    private static readonly Noun Noun = new("resource group", string.Empty, [new("resourceGroups", "resource-group")],
        [Column.Name, new("Location", "location"), new("State", "properties.provisioningState")]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        var results = new ResultWriter(terminal);
        return new("group", "Manage resource groups.")
        {
            CreateGroup(verbs, results),
            OfOne(verbs, "show", "Show one resource group.", [], async (plane, name, parsed, format, cancel) =>
                results.WriteOne(format, await plane.Client.GetAsync(await plane.GetGroupAsync(name, cancel), cancel), Noun.Columns)),
            verbs.Build("list", "List the resource groups.", null, [], async (plane, _, format, cancel) =>
                results.WriteMany(
                    format, await plane.ListAsync($"/subscriptions/{await plane.GetSubscriptionAsync(cancel)}/resourcegroups", cancel),
                    Noun.Columns)),
            Delete(verbs, terminal),
        };
    }

    private static Command CreateGroup(NounVerbs verbs, ResultWriter results)
    {
        var location = BodyFlag.Text("--location", "location", "Region.", required: true, alias: "-l");
        var tags = BodyFlag.Tags();
        return OfOne(
            verbs, "create", "Create or replace a resource group.", [location.Flag, tags.Flag],
            async (plane, name, parsed, format, cancel) =>
        {
            var body = new[] { location, tags }.Fill(parsed, []);
            results.WriteOne(format, await plane.Client.PutAsync(await plane.GetGroupAsync(name, cancel), body, cancel), Noun.Columns);
        });
    }

    private static Command Delete(NounVerbs verbs, Terminal terminal)
    {
        var yes = Prompts.YesFlag();
        return OfOne(verbs, "delete", "Delete a resource group and everything in it.", [yes], async (plane, name, parsed, _, cancel) =>
        {
            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Delete the resource group '{name}' and everything in it?");
            if (!await plane.Client.DeleteAsync(await plane.GetGroupAsync(name, cancel), cancel))
            {
                terminal.Error.WriteLine($"Resource group '{name}' does not exist.");
            }
        });
    }

    private static Command OfOne(
        NounVerbs verbs, string verb, string description, IReadOnlyList<Option> options,
        Func<ControlPlane, string, ParseResult, string, CancellationToken, Task> act)
    {
        var name = new Option<string>("--name", "-n", "--resource-group", "-g")
        {
            Description = "Name of the resource group.",
            Required = true,
        };
        return verbs.Build(verb, description, null, [name, .. options], (plane, parsed, format, cancel) =>
            act(plane, parsed.GetRequiredValue(name), parsed, format, cancel));
    }
}
