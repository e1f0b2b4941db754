using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Client.Arm;
using Mover.Core.Regions;
using Mover.Recovery;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>Reads what <c>mover recovery status</c> shows: source and destination are asked at the same time.</summary>
internal sealed class StatusReading(
    ParseResult parsed, PlanFlags wish, ConnectionFlags connection, string? planFile, Terminal terminal) : IDisposable
{
    private readonly RunLine _line = new(parsed, wish, connection, planFile ?? RunRecoveryCommand.PlanFileDefault);
    private readonly HttpMessageHandler _handler = ArmTransport.CreateHandler(null);
    private ControlPlane? _plane;

    public async Task<StatusScreen> ReadAsync(Snapshot snapshot, CancellationToken cancel)
    {
        var source = snapshot.Manifest.Source;
        var asked = Reachability.AskAsync(_handler, new(source.Server), terminal.Clock, cancel);
        var destination = await StatusDestination.FindAsync(parsed, connection, _handler, terminal, cancel);
        var outage = await asked;
        _plane = destination is { Settings: { } settings, Trouble: null } ? ConnectionFlags.Open(settings, terminal) : null;
        var plan = planFile is not null && File.Exists(planFile) ? PlanFile.Read(planFile) : null;
        var found = plan is null
            ? await WithoutPlanAsync(source, outage is not null, destination, cancel)
            : await WithPlanAsync(snapshot, plan, destination, cancel);
        var targets = plan is null ? StatusTargets.Of(parsed, wish, snapshot.Manifest, outage is not null)
            : _plane is null ? null
            : await StatusTargets.AskAsync(
                plan, wish.LostRegion(parsed, source), outage is not null, _plane, terminal.Clock, cancel);
        var age = Ages.Of(terminal.Clock.GetUtcNow() - snapshot.Manifest.TakenAt);
        return new(
            $"{source.ResourceGroup} in {source.Location} at {source.Server}", outage,
            $"{age} old, {snapshot.Manifest.Counts.Values.Sum()} resources",
            new(DrillMemory.Read(source, terminal), terminal.Clock.GetUtcNow()),
            StatusScreen.WorksOf(outage is not null, destination.Now, targets), found.Steps, found.Next);
    }

    public void Dispose()
    {
        _plane?.Dispose();
        _handler.Dispose();
    }

    private async Task<(IReadOnlyList<RecoveryStep> Steps, NextCommand? Next)> WithoutPlanAsync(
        SnapshotSource source, bool isOut, StatusDestination destination, CancellationToken cancel)
    {
        var next = await GuardAsync(
            destination, async () => await ChooseAsync(source, isOut, cancel), (_, ask) => ask);
        if (destination.Settings is null && connection.Repeated(parsed).Length == 0 && next.Command is { } command)
        {
            next = new((string?)null)
            {
                Choice = "name the destination: sign in there (mover login), or run this command again with --server URL or --data DIR. "
                    + "Then:",
                Choices = [command],
            };
        }

        var detail = planFile is null ? "no plan specified" : $"the plan {planFile} does not exist";
        return ([new("plan", false, detail, next.Command ?? (next.Choices.Count > 0 ? next.Choices[0] : string.Empty))], next);
    }

    // A rehearsal while the region is there, else the recovery itself.
    private async Task<NextCommand> ChooseAsync(SnapshotSource source, bool isOut, CancellationToken cancel)
    {
        string Told(string region) => isOut ? _line.Run(wish.PlaceIn(parsed, source, region), isReviewed: false) : _line.Drill(region);
        if (wish.Said(parsed).Region is { } said)
        {
            return new(Told(said));
        }

        var known = _plane is null ? RegionCatalogue.Azure : await PlanFlags.KnownAsync(source, _plane, cancel);
        var choice = RegionChoice.Of(source, known);
        return choice.Region is { } region ? new(Told(region)) : new((string?)null)
        {
            Choice = choice.Candidates.Count == 0
                ? $"choose a region: {source.Location} has no known pair, and no other region of its geography is known. Run this command "
                    + "again with --to REGION, and with --allow-other-geography if metadata may leave the geography."
                : $"choose a region: {source.Location} has no known pair. Regions of its geography are "
                    + $"{string.Join(", ", choice.Candidates)}; paste one line:",
            Choices = [.. choice.Candidates.Select(Told)],
        };
    }

    private async Task<(IReadOnlyList<RecoveryStep> Steps, NextCommand? Next)> WithPlanAsync(
        Snapshot snapshot, RecoveryPlan plan, StatusDestination destination, CancellationToken cancel)
    {
        var place = new PlanPlace(plan.To.Location, plan.To.ResourceGroup);
        var made = new RecoveryStep(
            "plan", plan.IsReady(),
            $"{plan.Id}, {(plan.IsReady() ? "ready" : "something is in the way")}"
                + (plan.From.TemplateDigest == snapshot.Manifest.TemplateDigest ? string.Empty
                    : $", from another snapshot that is {Ages.Of(terminal.Clock.GetUtcNow() - plan.From.TakenAt)} old"),
            _line.Plan(place));
        if (_plane is null || destination.Settings is null)
        {
            return Away(made, plan, destination.Now, destination.Settings is null && connection.Repeated(parsed).Length == 0
                ? $"mover login --server {ShellText.Of(plan.To.Server.TrimEnd('/'))}"
                : $"mover doctor{connection.Repeated(parsed)}");
        }

        var flags = _line.Flags(
            connection.RepeatedElsewhere(parsed, terminal, destination.Settings, AgentRegisterCommand.ServerDataFlag), place);
        return await GuardAsync(
            destination,
            async () =>
            {
                var steps = await StepsAsync(snapshot, plan, made, flags, _plane, cancel);
                return (steps, NextOf(plan, steps));
            },
            (fault, ask) => Away(made, plan, fault, ask.Command ?? string.Empty));
    }

    private async Task<IReadOnlyList<RecoveryStep>> StepsAsync(
        Snapshot snapshot, RecoveryPlan plan, RecoveryStep made, PastedFlags flags, ControlPlane plane, CancellationToken cancel)
    {
        var progress = new RecoveryProgress(plane.Client, flags);
        if (plan.Standby is null)
        {
            return [made, .. await progress.FindAsync(plan, _line.PlanFile, cancel)];
        }

        var steps = await new StandbyProgress(plane.Client, terminal.Clock, flags)
            .FindAsync(plan, _line.PlanFile, snapshot, wish.Folder(parsed), cancel);
        return steps.All(step => step.IsDone)
            ? [.. steps, .. await progress.FindAfterDeploymentAsync(plan, _line.PlanFile, cancel)]
            : steps;
    }

    // One command does all that is left; a standby is kept in step and activated by commands of its own.
    private NextCommand? NextOf(RecoveryPlan plan, IReadOnlyList<RecoveryStep> steps) => steps.FirstOrDefault(step => !step.IsDone) switch
    {
        null => null,
        { Name: StandbyProgress.StandbyStep or StandbyProgress.ActivateStep } step => new(step.Command),
        { Name: "plan" } => new(_line.Run(plan, isReviewed: false)),
        var step => new(_line.Run(plan, isReviewed: true)) { Agents = step.Agents },
    };

    // A screen with a gap is worth more at night than an error alone.
    private async Task<T> GuardAsync<T>(StatusDestination destination, Func<Task<T>> read, Func<string, NextCommand, T> or)
    {
        try
        {
            return await read();
        }
        catch (Exception fault) when (IsSignIn(fault))
        {
            return or($"the destination does not accept the sign-in: {fault.Message}", new(destination.Login(terminal)));
        }
        catch (Exception fault) when (fault is UnreachableServerException or RecoveryException { Code: InterruptedStep.Away })
        {
            return or($"the destination does not respond: {fault.Message}", new($"mover doctor{connection.Repeated(parsed)}"));
        }
    }

    private static bool IsSignIn(Exception fault) =>
        fault is ArmException { Error.Status: 401 } or RecoveryException { Code: InterruptedStep.SignIn };

    private static (IReadOnlyList<RecoveryStep> Steps, NextCommand? Next) Away(
        RecoveryStep made, RecoveryPlan plan, string detail, string command) =>
        ([made, new(plan.Standby is null ? "deploy" : StandbyProgress.StandbyStep, false, detail, command)], new(command));
}
