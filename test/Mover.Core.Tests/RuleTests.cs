using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.Tests;

public sealed class UploadLimitRulesTests
{
    [Theory]
    [InlineData(9, 0, 18, 30, "")]
    [InlineData(0, 0, 24, 0, "")]
    [InlineData(9, 15, 18, 0, "properties.uploadLimitSchedule.weeklyRecurrences[0].startTime")]
    [InlineData(9, 0, 24, 30, "properties.uploadLimitSchedule.weeklyRecurrences[0].endTime")]
    [InlineData(9, 0, 25, 0, "properties.uploadLimitSchedule.weeklyRecurrences[0].endTime")]
    [InlineData(18, 0, 9, 0, "properties.uploadLimitSchedule.weeklyRecurrences[0]")]
    [InlineData(9, 0, 9, 0, "properties.uploadLimitSchedule.weeklyRecurrences[0]")]
    public void Times_are_on_the_half_hour_and_in_order(int startHour, int startMinute, int endHour, int endMinute, string target)
    {
        var problems = new Problems();

        UploadLimitRules.Check(problems, new([new(5, ["Monday"], new(startHour, startMinute), new(endHour, endMinute))]));

        Assert.Equal(target, problems.Refusal?.Target ?? string.Empty);
    }

    [Fact]
    public void Recurrences_that_overlap_on_a_day_are_refused_and_those_that_touch_are_not()
    {
        var overlapping = new Problems();
        var touching = new Problems();

        UploadLimitRules.Check(overlapping, new([new(5, ["Monday", "Friday"], new(9), new(12)), new(1, ["Friday"], new(11, 30), new(13))]));
        UploadLimitRules.Check(touching, new([new(5, ["Monday", "Friday"], new(9), new(12)), new(1, ["Friday"], new(12), new(13))]));

        Assert.Contains("overlaps recurrence 0 on Friday", overlapping.Refusal?.Message, StringComparison.Ordinal);
        Assert.Null(touching.Refusal);
    }

    [Fact]
    public void Days_are_spelled_right_and_named_once()
    {
        foreach (var days in new string[][] { [], ["Mon"], ["Monday", "Monday"] })
        {
            var problems = new Problems();

            UploadLimitRules.Check(problems, new([new(5, days, new(9), new(12))]));

            Assert.Equal("properties.uploadLimitSchedule.weeklyRecurrences[0].days", problems.Refusal?.Target);
        }
    }

    [Fact]
    public void A_limit_below_zero_is_refused()
    {
        var problems = new Problems();

        UploadLimitRules.Check(problems, new([new(-1, ["Monday"], new(9), new(12))]));

        Assert.Equal("properties.uploadLimitSchedule.weeklyRecurrences[0].limitInMbps", problems.Refusal?.Target);
    }
}

public sealed class ResourceNamesTests
{
    private const string Mover = "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m";

    [Theory]
    [InlineData(Mover + "/endpoints/a_b-1", true)]
    [InlineData(Mover + "/endpoints/_a", false)]
    [InlineData(Mover + "/endpoints/a.b", false)]
    [InlineData(Mover + "/agents/a.b", true)]
    [InlineData(Mover + "/agents/..", false)]
    [InlineData(Mover + "/agents/a23456789012345678901234567890123456789012345678901234", true)]
    [InlineData(Mover + "/agents/a234567890123456789012345678901234567890123456789012345", false)]
    [InlineData(Mover + "/connections/a23456789012345678901", true)]
    [InlineData(Mover + "/connections/a234567890123456789012", false)]
    [InlineData("/subscriptions/s/resourceGroups/a.b(c)_", true)]
    [InlineData("/subscriptions/s/resourceGroups/ends.", false)]
    public void Each_type_has_its_pattern(string text, bool holds)
    {
        Assert.True(ResourceId.TryParse(text, out var id));

        Assert.Equal(holds, ResourceNames.Check(id) is null);
    }

    [Theory]
    [InlineData("Microsoft.StorageMover/storageMovers")]
    [InlineData("Microsoft.StorageMover/storageMovers/agents")]
    [InlineData("Microsoft.StorageMover/storageMovers/connections")]
    [InlineData("Microsoft.Storage/storageAccounts")]
    public void A_name_that_ends_in_a_line_feed_is_none(string type)
    {
        var group = ResourceId.OfGroup("s", "g");

        Assert.Null(ResourceNames.Check(group.Provider(type, "a")));
        Assert.NotNull(ResourceNames.Check(group.Provider(type, "a\n")));
    }
}

public sealed class ResourcePatchTests
{
    [Fact]
    public void A_patch_merges_what_may_change_ignores_what_is_unknown_and_names_what_is_fixed()
    {
        var problems = new Problems();
        var before = JsonNode.Parse("""{"properties":{"description":"a","copyMode":"Additive","sourceName":"s","targetName":"t"}}""")!.AsObject();
        var patch = JsonNode.Parse("""{"properties":{"description":null,"copyMode":"Mirror","sourceName":"other","targetName":"T","what":1}}""")!.AsObject();

        var merged = JobDefinition.Described.Patch.Merge(before, patch, problems);

        Assert.Equal("""{"copyMode":"Mirror","sourceName":"s","targetName":"t"}""", merged["properties"]!.ToJsonString());
        Assert.Equal("properties.sourceName", problems.Refusal?.Target);
    }
}

public sealed class JobScheduleRulesTests
{
    private static readonly DateTimeOffset Today = new(2026, 5, 15, 6, 6, 13, TimeSpan.Zero);

    [Fact]
    public void Dates_are_cut_to_midnight_utc_of_their_date()
    {
        var kept = JobScheduleRules.Check(new Problems(), new() { StartDate = new(2026, 5, 15, 1, 0, 0, TimeSpan.FromHours(3)) }, Today);

        Assert.Equal(new DateTimeOffset(2026, 5, 14, 0, 0, 0, TimeSpan.Zero), kept?.StartDate);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("1H", 1)]
    [InlineData("24H", 24)]
    [InlineData("0H", null)]
    [InlineData("25H", null)]
    [InlineData("1D", null)]
    [InlineData("+1H", null)]
    [InlineData("H", null)]
    public void The_interval_of_an_hourly_schedule_is_one_to_twenty_four_hours(string? interval, int? hours)
    {
        var problems = new Problems();

        JobScheduleRules.Check(problems, new() { Frequency = "Hourly", RepeatInterval = interval }, Today);

        Assert.Equal(hours, (int?)JobScheduleRules.RepeatOf(interval)?.TotalHours);
        Assert.Equal(hours is null ? "properties.schedule.repeatInterval" : null, problems.Refusal?.Target);
    }

    [Theory]
    [InlineData(90, null)]
    [InlineData(91, "properties.schedule.startDate")]
    public void A_schedule_starts_within_90_days(int days, string? target)
    {
        var problems = new Problems();

        JobScheduleRules.Check(problems, new() { StartDate = Today.Date.AddDays(days) }, Today);

        Assert.Equal(target, problems.Refusal?.Target);
    }

    [Theory]
    [InlineData("Daily", true, null)]
    [InlineData("Daily", false, "properties.schedule.endDate")]
    [InlineData("Hourly", false, "properties.schedule.endDate")]
    [InlineData("Onetime", false, null)]
    [InlineData("None", true, "properties.schedule.frequency")]
    [InlineData(null, true, "properties.schedule.frequency")]
    public void An_active_schedule_says_when_and_until_when(string? frequency, bool hasEnd, string? target)
    {
        var problems = new Problems();
        var asked = new JobSchedule
        {
            IsActive = true, Frequency = frequency, StartDate = Today, ExecutionTime = new(7), EndDate = hasEnd ? Today.AddDays(1) : null,
        };

        JobScheduleRules.Check(problems, asked, Today);

        Assert.Equal(target, problems.Refusal?.Target);
        Assert.Null(Refused(asked with { IsActive = false }));
    }

    [Fact]
    public void An_active_cron_expression_stands_alone_with_its_days()
    {
        var cron = new JobSchedule { IsActive = true, CronExpression = "0 9 * * MON", StartDate = Today, EndDate = Today.AddDays(9) };

        Assert.Null(Refused(cron));
        Assert.Null(Refused(cron with { Frequency = "None", DaysOfWeek = [], DaysOfMonth = [] }));
        Assert.Equal("properties.schedule", Refused(cron with { StartDate = null }));
        Assert.Equal("properties.schedule", Refused(cron with { EndDate = null }));
        Assert.All(
            new[]
            {
                cron with { Frequency = "Daily" }, cron with { ExecutionTime = new(9) }, cron with { RepeatInterval = "1H" },
                cron with { DaysOfWeek = ["Monday"] }, cron with { DaysOfMonth = [1] },
            },
            both => Assert.Equal("properties.schedule.cronExpression", Refused(both)));
        Assert.Null(Refused(cron with { IsActive = false, Frequency = "Daily", ExecutionTime = new(9) }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cron_expression_that_is_none_is_refused_switched_on_or_off(bool isActive) =>
        Assert.Equal(
            "properties.schedule.cronExpression",
            Refused(new() { IsActive = isActive, CronExpression = "61 * * * *", StartDate = Today, EndDate = Today }));

    [Fact]
    public void An_active_weekly_schedule_needs_its_days()
    {
        var problems = new Problems();

        JobScheduleRules.Check(
            problems, new() { IsActive = true, Frequency = "Weekly", StartDate = Today, EndDate = Today, ExecutionTime = new(7) }, Today);

        Assert.Equal("properties.schedule.daysOfWeek", problems.Refusal?.Target);
    }

    private static string? Refused(JobSchedule asked)
    {
        var problems = new Problems();
        JobScheduleRules.Check(problems, asked, Today);
        return problems.Refusal?.Target;
    }
}

public sealed class MoverJsonTests
{
    [Theory]
    [InlineData("2026-05-15T06:06:13.988Z", "2026-05-15T06:06:13.988Z")]
    [InlineData("2026-05-15T06:06:13", "2026-05-15T06:06:13Z")]
    [InlineData("2026-05-15T08:06:13.1200000+02:00", "2026-05-15T06:06:13.12Z")]
    public void Times_are_written_in_utc_with_trailing_zeros_trimmed(string given, string expected)
    {
        var schedule = JsonSerializer.Deserialize("{\"startDate\":\"" + given + "\"}", MoverJson.Wire.JobSchedule);

        Assert.Equal("{\"startDate\":\"" + expected + "\"}", JsonSerializer.Serialize(schedule, MoverJson.Wire.JobSchedule));
    }

    [Fact]
    public void A_value_of_a_newer_version_survives_reading_and_writing()
    {
        const string Text = """{"copyMode":"Sideways"}""";

        Assert.Equal(Text, JsonSerializer.Serialize(JsonSerializer.Deserialize(Text, MoverJson.Wire.JobDefinitionProperties), MoverJson.Wire.JobDefinitionProperties));
    }
}

public sealed class JobDefinitionRulesTests
{
    private static readonly RuleContext Context = new(DateTimeOffset.UnixEpoch, "t", () => Guid.Empty);

    [Theory]
    [InlineData("../up", false)]
    [InlineData("a/../../b", false)]
    [InlineData("a\\..\\b", false)]
    [InlineData("a/./b", false)]
    [InlineData("a..b/c", true)]
    [InlineData("/a/b/", true)]
    public void A_subpath_stays_inside_its_endpoint(string subpath, bool holds)
    {
        Assert.True(ResourceId.TryParse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/projects/p/jobDefinitions/j", out var id));
        var source = new StorageEndpoint { Properties = new NfsMountProperties { EndpointKind = "Source" } };
        var target = new StorageEndpoint { Properties = new BlobContainerProperties { EndpointKind = "Target" } };
        var wanted = new JobDefinition { Properties = new() { CopyMode = "Mirror", SourceName = "a", TargetName = "b", SourceSubpath = subpath } };

        var decided = JobDefinitionRules.Put(id, null, wanted, source, target, Context);

        Assert.Equal(holds ? null : "properties.sourceSubpath", decided.Refusal?.Target);
    }
}
