using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Regions;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery plan</c>: what a recovery would do, to read and to deploy exactly.</summary>
internal static class PlanRecoveryCommand
{
    private const int ShownMax = 200;

    public static Command Create(Terminal terminal)
    {
        var from = new Option<string>("--from")
        {
            Description = "Folder of the snapshot: template.json and manifest.json.", HelpName = "folder", Required = true,
        };
        var to = new Option<string>("--to") { Description = "Region of the destination, such as westus.", HelpName = "region", Required = true };
        var group = new Option<string>("--group") { Description = "New resource group at the destination.", HelpName = "name", Required = true };
        var rules = new Option<string[]>("--rules") { Description = "File of further rules; may be repeated.", HelpName = "file" };
        var map = new Option<string[]>("--map")
        {
            Description = "OLD=NEW: an id or URI of the source, and what stands for it at the destination; may be repeated.", HelpName = "old=new",
        };
        var keep = new Option<bool>("--keep-schedules") { Description = "Leave schedules switched on: jobs may start by themselves at once." };
        var fence = new Option<bool>("--allow-other-geography") { Description = "Let metadata leave the geography of the snapshot." };
        var lost = new Option<string?>("--lost-region")
        {
            Description = "The region that is lost; that of the snapshot when left out, none for a rehearsal.", HelpName = "region",
        };
        var file = new Option<string?>("--out") { Description = "Write the plan to this file, for `mover recovery deploy`.", HelpName = "file" };
        var flags = new RecoveryFlags();
        var command = new Command(
            "plan", "Show what deploying a snapshot elsewhere would do: each change with its rule, the effect at the destination, what is in the "
                + "way and what is lost. Exit code 8 when something is in the way.")
        {
            from, to, group, rules, map, keep, fence, lost, file,
        };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var snapshot = SnapshotFolder.Read(parsed.GetRequiredValue(from));
            using var plane = flags.Open(parsed, terminal);
            var plan = await new PlanMaker(plane.Client, RegionCatalogue.Azure, terminal.Clock).MakeAsync(
                snapshot,
                new()
                {
                    To = new(
                        plane.Client.Pipeline.Address, await plane.GetSubscriptionAsync(cancel), parsed.GetRequiredValue(group),
                        parsed.GetRequiredValue(to)),
                    Rules = [.. (parsed.GetValue(rules) ?? []).SelectMany(RuleFile.Read)],
                    Maps = [.. (parsed.GetValue(map) ?? []).Select(ReadMap)],
                    Without = parsed.GetValue(keep) ? [PlanOptions.SchedulesOffRule] : [],
                    AllowsOtherGeography = parsed.GetValue(fence),
                    LostRegion = parsed.GetValue(lost),
                },
                cancel);
            if (parsed.GetValue(file) is { } path)
            {
                PlanFile.Write(path, plan);
            }

            if (ResultWriter.Is(flags.Output(parsed), ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(PlanFile.ToJson(plan));
            }
            else if (!ResultWriter.Is(flags.Output(parsed), ResultWriter.None))
            {
                Write(terminal.Out, plan, parsed.GetValue(file));
            }

            return plan.IsReady() ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }

    private static (string Old, string New) ReadMap(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at + 1 < text.Length
            ? (text[..at], text[(at + 1)..])
            : throw CliException.Usage($"'{text}' is no map.", "Say --map OLD=NEW.");
    }

    private static void Write(TextWriter writer, RecoveryPlan plan, string? file)
    {
        writer.WriteLine(
            $"Plan {plan.Id}: {plan.From.Source.ResourceGroup} in {plan.From.Source.Location}, as of "
                + $"{plan.From.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, to {plan.To.ResourceGroup} in {plan.To.Location}.");
        writer.WriteLine();
        writer.WriteLine($"Changes to the snapshot ({plan.Changes.Count}):");
        TextTable.Write(
            writer, ["Rule", "Resource", "Change"],
            [.. plan.Changes.Take(ShownMax).Select(change => new[] { change.Rule, change.Name, Told(change) })]);
        More(writer, plan.Changes.Count);
        writer.WriteLine();
        writer.WriteLine($"At the destination ({plan.Effects.Count}):");
        TextTable.Write(
            writer, ["Effect", "Resources"],
            [.. plan.Effects.GroupBy(effect => effect.Change, StringComparer.Ordinal).OrderBy(some => some.Key, StringComparer.Ordinal)
                .Select(some => new[] { some.Key, $"{some.Count()}" })]);
        writer.WriteLine();
        writer.WriteLine("Lost:");
        foreach (var lost in plan.Lost)
        {
            writer.WriteLine($"  {lost}");
        }

        writer.WriteLine();
        foreach (var problem in plan.Problems)
        {
            writer.WriteLine($"{(problem.IsBlocking ? "In the way" : "Note")}: {problem.Code}: {problem.Message}");
            writer.WriteLine($"    {problem.Advice}");
        }

        writer.WriteLine(plan.IsReady()
            ? file is null ? "Ready. Write it to a file with --out FILE to deploy it." : $"Ready. Next: mover recovery deploy --plan {file}"
            : "Not ready: see to what is in the way and make the plan again.");
    }

    private static void More(TextWriter writer, int count)
    {
        if (count > ShownMax)
        {
            writer.WriteLine($"... and {count - ShownMax} more: --output json shows all.");
        }
    }

    private static string Told(PlanChange change)
    {
        var text = change.Kind == PlanChangeKind.Removed
            ? "removed"
            : $"{change.Path}: {Value(change.Before)} -> {Value(change.After)}";
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string Value(JsonNode? value) => value is null ? "none"
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : value.ToJsonString();
}
