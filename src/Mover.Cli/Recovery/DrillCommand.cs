using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Transfers;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Recovery;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery drill</c>: the whole recovery, rehearsed beside the real thing.</summary>
internal static class DrillCommand
{
    private const int PatienceDefault = 120;

    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags(isDrill: true);
        var mounts = new Option<string[]>("--mount")
        {
            Description = "What the scratch agent, which runs here, has mounted: HOST:/EXPORT=/local/path. May be repeated.",
                HelpName = "remote=local",
        };
        var patience = new Option<int>("--patience")
        {
            Description = "Seconds to wait for the agent, for the first byte and for the end of runs.",
                DefaultValueFactory = _ => PatienceDefault,
            HelpName = "seconds",
        };
        var report = new Option<string?>("--report") { Description = "Write the page to this file, as Markdown.", HelpName = "file" };
        var clean = new Option<bool>("--clean") { Description = "Only remove what earlier drills left when they were killed." };
        var credentials = new BlobCredentials();
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "drill", "Rehearse a recovery into a resource group of its own, with a scratch agent on this machine and scratch containers, "
                + "time each "
                + "step, and clean up. Exit code 8 when it did not work.")
        {
            mounts, patience, report, clean, output,
        };
        wish.AddTo(command);
        credentials.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = connection.Resolve(parsed, terminal);
            using var plane = ConnectionFlags.Open(settings, terminal);
            var run = new DrillRun(plane, settings, new(credentials, parsed, terminal, plane), terminal)
            {
                Patience = TimeSpan.FromSeconds(parsed.GetValue(patience)),
                Mounts = parsed.GetValue(mounts) ?? [],
            };
            await CleanAsync(run, plane, terminal, cancel);
            if (parsed.GetValue(clean))
            {
                return run.LeftBehind.Count == 0 ? ExitCodes.Ok : ExitCodes.NotReady;
            }

            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
            var snapshot = wish.ReadSnapshot(parsed);
            var at = terminal.Clock.GetUtcNow();
            var failure = await RehearseAsync(
                run, () => wish.MakeAsync(
                    parsed, plane, terminal.Clock, cancel, DrillScratch.GroupPrefix + id, DrillScratch.RulesFor(snapshot, id)), cancel);
            var source = snapshot.Manifest.Source;
            var page = new DrillReport
            {
                Id = id,
                At = at,
                Estate = $"{source.ResourceGroup} in {source.Location} at {source.Server}",
                Resources = snapshot.Manifest.Counts.Values.Sum(),
                LossWindow = at - snapshot.Manifest.TakenAt,
                Steps = run.Steps,
                RecoveryTime = run.RecoveryTime,
                Failure = failure,
                LeftBehind = run.LeftBehind,
            };
            if (parsed.GetValue(report) is { } file)
            {
                await File.WriteAllTextAsync(file, page.ToMarkdown(), CancellationToken.None);
            }

            if (ResultWriter.Is(parsed.GetRequiredValue(output), ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(page.ToJson());
            }
            else
            {
                terminal.Out.Write(page.ToMarkdown());
            }

            cancel.ThrowIfCancellationRequested();
            return page.IsGood ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }

    // A drill that fails is a finding, not a defect: the page says why.
    private static async Task<string?> RehearseAsync(DrillRun run, Func<Task<RecoveryPlan>> makePlan, CancellationToken cancel)
    {
        try
        {
            await run.RunAsync(makePlan, cancel);
            return null;
        }
        catch (RecoveryException fault)
        {
            return $"{fault.Code}: {fault.Message} {fault.Advice}";
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException or OperationCanceledException)
        {
            return fault.Message;
        }
    }

    private static async Task CleanAsync(DrillRun run, ControlPlane plane, Terminal terminal, CancellationToken cancel)
    {
        var subscription = await plane.GetSubscriptionAsync(cancel);
        foreach (var group in await plane.ListAsync($"/subscriptions/{subscription}/resourceGroups", cancel))
        {
            if (group["name"]?.ToString() is { } name && name.StartsWith(DrillScratch.GroupPrefix, StringComparison.Ordinal)
                && group["tags"]?["mover-recovery"] is not null)
            {
                terminal.Error.WriteLine($"Removing {name}, which an earlier drill left.");
                await run.RemoveAsync(ResourceId.OfGroup(subscription, name), cancel);
            }
        }
    }
}
