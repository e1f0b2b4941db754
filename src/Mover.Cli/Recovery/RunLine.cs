using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Recovery.Plans;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>Commands of a recovery as they are pasted: with what was said, and with what was found out instead of asked.</summary>
internal sealed class RunLine(ParseResult parsed, PlanFlags wish, ConnectionFlags connection, string planFile)
{
    private readonly string _from = wish.FindFolder(parsed) is { } folder ? $" --from {ShellText.Of(folder)}" : string.Empty;
    private readonly string _connection = connection.Repeated(parsed);

    /// <summary>The plan's file.</summary>
    public string PlanFile => planFile;

    /// <summary>The same with another file.</summary>
    public RunLine With(string otherFile) => new(parsed, wish, connection, otherFile);

    /// <summary>Makes the plan, and carries it out when it has been reviewed.</summary>
    public string Run(PlanPlace place, bool isReviewed) =>
        $"mover recovery run{_from}{To(place)} --plan {ShellText.Of(PlanFile)}{wish.Repeated(parsed, PlanUse.Recovery)}{_connection}"
            + (isReviewed ? " --yes" : string.Empty);

    /// <summary>Carries out a plan that is there.</summary>
    public string Run(RecoveryPlan plan, bool isReviewed) => Run(new PlanPlace(plan.To.Location, plan.To.ResourceGroup), isReviewed);

    /// <summary>Makes the plan anew, whatever the file has.</summary>
    public string Plan(PlanPlace place) =>
        $"mover recovery plan{_from}{To(place)} --out {ShellText.Of(PlanFile)}{wish.Repeated(parsed, PlanUse.Recovery)}{_connection}";

    /// <summary>Gives the agents' roles.</summary>
    public string Grant() => $"mover recovery grant --plan {ShellText.Of(PlanFile)}{_connection}";

    /// <summary>Puts a standby into use.</summary>
    public string Activate() =>
        $"mover recovery activate --plan {ShellText.Of(PlanFile)}{_from}{wish.RepeatedTrust(parsed)}{_connection}";

    /// <summary>Carries out the plan, and nothing more.</summary>
    public string Deploy(PlanPlace place) => $"mover recovery deploy --plan {ShellText.Of(PlanFile)}{DeployFlags(place)}{_connection}";

    /// <summary>Rehearses in a region.</summary>
    public string Drill(string region) =>
        $"mover recovery drill{_from} --to {ShellText.Of(region)}{wish.Repeated(parsed, PlanUse.Drill)}{_connection}";

    /// <summary>The flags that the single steps repeat.</summary>
    /// <param name="register">How <c>mover agent register</c> finds the destination.</param>
    /// <param name="place">Where the plan goes.</param>
    public PastedFlags Flags(string register, PlanPlace place) => new()
    {
        Connection = _connection,
        Register = register,
        Deploy = DeployFlags(place),
        Standby = wish.Repeated(parsed, PlanUse.Standby),
        Activate = wish.RepeatedTrust(parsed),
    };

    // Without a key, deploy takes the file as it is.
    private string DeployFlags(PlanPlace place) => wish.IsTrustSaid(parsed)
        ? $"{_from}{To(place)}{wish.Repeated(parsed, PlanUse.Recovery)}"
        : string.Empty;

    private static string To(PlanPlace place) => $" --to {ShellText.Of(place.Region)} --group {ShellText.Of(place.Group)}";
}
