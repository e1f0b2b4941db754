namespace Mover.Cli.Recovery;

/// <summary>Where a plan goes.</summary>
/// <param name="Region">Region of the destination.</param>
/// <param name="Group">Resource group there.</param>
internal sealed record PlanPlace(string Region, string Group);
