using System.Globalization;
using Mover.Core.Arm;
using Mover.Recovery.Agents;

namespace Mover.Recovery.Status;

/// <summary>The two lines that give a storage mover an agent, to paste on the agent's host.</summary>
/// <param name="Mover">The storage mover.</param>
/// <param name="Agent">The name that is suggested.</param>
/// <param name="Register">Registers it.</param>
/// <param name="Run">Runs it.</param>
public sealed record AgentLines(string Mover, string Agent, string Register, string Run)
{
    private const int NameCharsMax = 64;

    /// <summary>The lines for storage movers, whose agents get names that are free.</summary>
    /// <param name="estate">What there is.</param>
    /// <param name="movers">The storage movers that need an agent. With several, each agent has a folder of its own.</param>
    /// <param name="location">Their region, for the names.</param>
    /// <param name="flags">Flags to repeat.</param>
    public static IReadOnlyList<AgentLines> Of(
        JobEstate estate, IReadOnlyList<ResourceId> movers, string location, PastedFlags flags) =>
        [.. movers.Select(mover =>
        {
            var agent = FreeName(estate, mover, $"-{location}");
            var data = movers.Count > 1 ? $" --data {ShellText.Of(agent)}" : string.Empty;
            return new AgentLines(
                mover.Name, agent,
                $"mover agent register --resource-group {ShellText.Of(mover.ResourceGroup)} --storage-mover-name "
                    + $"{ShellText.Of(mover.Name)} --name {ShellText.Of(agent)}{data}{flags.Register}",
                $"mover agent run{data}");
        })];

    private static string FreeName(JobEstate estate, ResourceId mover, string end)
    {
        var taken = estate.Agents.Where(agent => agent.Id.Parent == mover).Select(agent => agent.Id.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        for (var number = 1; ; number++)
        {
            var tail = number == 1 ? end : string.Create(CultureInfo.InvariantCulture, $"{end}-{number}");
            var name = mover.Name[..Math.Min(mover.Name.Length, Math.Max(NameCharsMax - tail.Length, 1))] + tail;
            if (!taken.Contains(name))
            {
                return name;
            }
        }
    }
}
