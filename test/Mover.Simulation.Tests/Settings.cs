using System.Globalization;

namespace Mover.Simulation;

/// <summary>What a simulation is asked for.</summary>
internal sealed record Settings
{
    public int Seed { get; init; } = 1;

    public double Hours { get; init; } = 1;

    public int Agents { get; init; } = 4;

    public int Servers { get; init; } = 2;

    public bool HasPair { get; init; }

    public double Faults { get; init; } = 1;

    /// <summary>How long one call of a volume takes at most, in seconds.</summary>
    public double CallSeconds { get; init; } = 1;

    public string Plant { get; init; } = string.Empty;

    public string? TraceFile { get; init; }

    public string Replay => string.Create(
        CultureInfo.InvariantCulture,
        $"MOVER_SEED={Seed} MOVER_SIM=\"hours={Hours} agents={Agents} servers={Servers} pair={(HasPair ? 1 : 0)} faults={Faults} call={CallSeconds}"
            + $"{(Plant.Length > 0 ? " plant=" + Plant : string.Empty)}\" dotnet test test/Mover.Simulation.Tests --filter FullyQualifiedName~One_seed");

    public static Settings Read(IEnumerable<string> args)
    {
        var settings = new Settings();
        foreach (var arg in args)
        {
            var (name, value) = arg.Split('=') is [var one, var other] ? (one, other) : throw new FormatException($"'{arg}' is not NAME=VALUE.");
            double Number() => double.Parse(value, CultureInfo.InvariantCulture);
            settings = name switch
            {
                "seed" => settings with { Seed = (int)Number() },
                "hours" => settings with { Hours = Number() },
                "agents" => settings with { Agents = (int)Number() },
                "servers" => settings with { Servers = (int)Number() },
                "pair" => settings with { HasPair = value == "1" },
                "faults" => settings with { Faults = Number() },
                "call" => settings with { CallSeconds = Number() },
                "plant" => settings with { Plant = value },
                "trace" => settings with { TraceFile = value },
                _ => throw new FormatException($"Unknown setting '{name}'."),
            };
        }

        return settings;
    }
}
