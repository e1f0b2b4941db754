using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Server.Backups;

namespace Mover.Cli.Host;

/// <summary><c>mover state show</c>: what a store is, and whether it was restored or copied.</summary>
internal static class StateShowCommand
{
    private static readonly Column[] Columns =
    [
        new("Store", "store"), new("Entries", "entries"), new("Tenant", "tenantId"), new("Restored", "restored.restoredAt"),
        new("Shows", "restored.takenAt"),
    ];

    public static Command Create(Terminal terminal)
    {
        var flags = new StateFlags();
        var command = flags.Verb("show", "Show which control plane's state a store contains, "
            + "and whether it was restored from a backup or copied.");
        command.SetAction(async (parsed, cancel) =>
        {
            var shown = await StateShown.OfAsync(flags.Place(parsed, terminal), terminal.Clock, NullLoggerFactory.Instance, cancel);
            if (shown.Restored is { } mark)
            {
                terminal.Error.WriteLine(
                    $"Restored at {SignIn.Told(mark.RestoredAt)} from {mark.Source}, which was {Figures.Span(mark.Age)} old. "
                    + "Writes in between are lost; agents may report runs that are unknown here.");
            }

            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(flags.Format), Document(shown), Columns);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static JsonObject Document(StateShown shown) => new()
    {
        ["store"] = shown.Name,
        ["revision"] = shown.Revision,
        ["tenantId"] = shown.TenantId,
        ["entries"] = shown.Entries,
        ["valueBytes"] = shown.Bytes,
        ["restored"] = shown.Restored is { } restored ? new JsonObject
        {
            ["source"] = restored.Source,
            ["revision"] = restored.Revision,
            ["takenAt"] = $"{restored.TakenAt:O}",
            ["restoredAt"] = $"{restored.RestoredAt:O}",
            ["ageSeconds"] = (long)restored.Age.TotalSeconds,
            ["isReconciled"] = restored.IsReconciled,
        } : null,
        ["copied"] = shown.Copied is { } copied ? new JsonObject
        {
            ["source"] = copied.Source,
            ["revision"] = copied.Revision,
            ["takenAt"] = $"{copied.TakenAt:O}",
            ["copiedAt"] = $"{copied.CopiedAt:O}",
        } : null,
    };
}
