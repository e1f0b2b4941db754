using System.CommandLine;
using Mover.Cli.Frame;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery …</c>: disaster recovery over the ARM API, against Mover or against Azure.</summary>
internal static class RecoveryCommand
{
    public static Command Create(Terminal terminal) => new("recovery", "Snapshot an estate, deploy it elsewhere, "
        + "and rehearse the recovery.")
    {
        SnapshotCommand.Create(terminal),
        WatchCommand.Create(terminal),
        StatusCommand.Create(terminal),
        RunRecoveryCommand.Create(terminal),
        PlanRecoveryCommand.Create(terminal),
        DeployCommand.Create(terminal),
        AssignCommand.Create(terminal),
        GrantCommand.Create(terminal),
        StartCommand.Create(terminal),
        DrillCommand.Create(terminal),
        StandbyCommand.Create(terminal),
        ActivateCommand.Create(terminal),
        AssessCommand.Create(terminal),
        RulesCommand.Create(terminal),
        DeployCommand.CreateUndo(terminal),
        NewKeyCommand.Create(terminal),
    };
}
