using Mover.Server.AgentChannel;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Presence;
using Mover.Server.Scheduling;

namespace Mover.Server.Features;

/// <summary>Agents: their channel, their presence, and the runs they are given.</summary>
internal static class AgentChannelFeature
{
    public static void AddAgentChannel(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<RunClaims>()
        .AddSingleton<RunEnds>()
        .AddSingleton<LostRuns>()
        .AddSingleton<RunAdoption>()
        .AddSingleton<RunReports>()
        .AddSingleton<WorkSignals>()
        .AddSingleton<ChannelAccess>()
        .AddSingleton<PresenceTable>()
        .AddSingleton<PresenceLease>()
        .AddSingleton<PresenceWrites>()
        .AddSingleton<AgentPresence>()
        .AddSingleton(PresenceKeys.HeardArea)
        .AddSingleton<CopyLogs>()
        .AddSingleton<DataCredentials>()
        .AddSingleton<ChannelRoutes>()
        .AddSingleton<ScheduleTable>()
        .AddSingleton<Schedules>()
        .AddSingleton(ScheduledJob.Area)
        .AddHostedService<JobIndexes>()
        .AddHostedService<ScheduleLoop>()
        .AddHostedService<QueueWatchLoop>()
        .AddHostedService<ReportFlushLoop>()
        .AddHostedService<LostRunLoop>()
        .AddHostedService<PresenceLeaseLoop>()
        .AddHostedService<PresenceLoop>()
        .AddHostedService<LostAgentLoop>();

    public static void MapAgentChannel(this WebApplication app) => app.Services.GetRequiredService<ChannelRoutes>().Map(app);
}
