using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Server.Backups;
using Mover.State;

namespace Mover.Cli.Host;

/// <summary><c>mover state verify</c>: whether a store or a backup is whole.</summary>
internal static class StateVerifyCommand
{
    private static readonly Column[] Columns =
    [
        new("Documents", "documents"), new("AuditRecords", "auditRecords"), new("IndexEntries", "indexEntries"),
        new("Problems", "problemCount"),
    ];

    public static Command Create(Terminal terminal)
    {
        var flags = new StateFlags();
        var file = new Argument<string?>("file")
        {
            Description = "Backup to verify; by default, the store.", Arity = ArgumentArity.ZeroOrOne,
        };
        var command = flags.SealedVerb(
            "verify", "Check every document, audit record and index of a store or a backup. Exit code 7 when a check fails.",
            file);
        command.SetAction(async (parsed, cancel) =>
        {
            var format = parsed.GetRequiredValue(flags.Format);
            try
            {
                var found = parsed.GetValue(file) is { } path
                    ? await StateCheck.OfFileAsync(
                        Path.GetFullPath(path), flags.Keys(parsed, terminal), flags.Data(parsed, terminal), cancel)
                    : await StateCheck.OfStoreAsync(flags.Place(parsed, terminal), terminal.Clock, NullLoggerFactory.Instance, cancel);
                return Report(terminal, found, format);
            }
            catch (StateException damaged) when (damaged.Fault == StateFault.Damaged)
            {
                throw new CliException(ExitCodes.Differs, "StateDamaged", damaged.Message, inner: damaged);
            }
        });
        return command;
    }

    /// <summary>Writes what was found, every problem that is told on a line of its own, and answers the exit code.</summary>
    internal static int Report(Terminal terminal, StateChecked found, string format)
    {
        foreach (var problem in found.Problems)
        {
            terminal.Error.WriteLine($"'{problem.Key}' {problem.What}.");
        }

        terminal.Error.WriteLine(Sentence(found));
        new ResultWriter(terminal).WriteOne(format, Shown(found), Columns);
        return found.ProblemCount == 0 ? ExitCodes.Ok : ExitCodes.Differs;
    }

    private static string Sentence(StateChecked found)
    {
        var more = found.ProblemCount > found.Problems.Count
            ? $", of which {Figures.Count(found.Problems.Count)} are listed"
            : string.Empty;
        return found.ProblemCount == 0
            ? $"{found.Name} is intact: {Figures.Count(found.Sum.Entries)} entries."
            : $"{found.Name} is not intact: {Figures.Count(found.ProblemCount)} problems{more}. "
                + (found.Problems.Any(problem => problem.IsIndex)
                    ? "Repair indexes with `mover state repair-indexes`; for damaged documents, restore a backup."
                    : "Restore a backup.");
    }

    private static JsonObject Shown(StateChecked found) => new()
    {
        ["name"] = found.Name,
        ["entries"] = found.Sum.Entries,
        ["entryBytes"] = found.Sum.Bytes,
        ["sha256"] = found.Sum.Sha256,
        ["documents"] = found.Documents,
        ["auditRecords"] = found.Records,
        ["indexEntries"] = found.Indexed,
        ["problemCount"] = found.ProblemCount,
        ["problems"] = new JsonArray(
            [.. found.Problems.Select(problem => new JsonObject { ["key"] = problem.Key, ["problem"] = problem.What })]),
    };
}
