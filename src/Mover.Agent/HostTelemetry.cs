using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Reflection;
using Mover.Core.AgentProtocol;
using Mover.Core.Resources;

namespace Mover.Agent;

/// <summary>What the agent can say about its host.</summary>
internal sealed class HostTelemetry(TimeProvider clock)
{
    private readonly long _startedAt = clock.GetTimestamp();

    /// <summary>The program's version without build details.</summary>
    public static string Version { get; } =
        (typeof(HostTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>The host as it is now.</summary>
    public AgentTelemetry Read(bool isExecuting, AgentProblem? problem) => new()
    {
        AgentVersion = Version,
        HostName = Environment.MachineName,
        LocalIpAddress = LocalAddress(),
        MemoryInMB = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
        NumberOfCores = Environment.ProcessorCount,
        UptimeInSeconds = (long)clock.GetElapsedTime(_startedAt).TotalSeconds,
        TimeZone = WindowsTimeZones.NameOf(clock.LocalTimeZone.Id),
        Condition = problem is not null ? AgentCondition.RequiresAttention : isExecuting ? AgentCondition.Executing : AgentCondition.Online,
        Problem = problem,
    };

    // The first address that leads out, version 4 preferred; loopback when the host has no other.
    private static string LocalAddress()
    {
        try
        {
            var addresses = NetworkInterface.GetAllNetworkInterfaces()
                .Where(n => n.OperationalStatus == OperationalStatus.Up && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(n => n.GetIPProperties().UnicastAddresses)
                .Select(a => a.Address)
                .Where(a => !a.IsIPv6LinkLocal)
                .OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                .ToList();
            return (addresses.Count > 0 ? addresses[0] : IPAddress.Loopback).ToString();
        }
        catch (NetworkInformationException)
        {
            return IPAddress.Loopback.ToString();
        }
    }
}
