namespace Mover.Server.Tests.Regions;

/// <summary>What tests of regions with a witness begin with and wait for.</summary>
internal static class WitnessScenes
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    public static Task<RegionScene> StartAsync() => new RegionScene().WithWitness(Lease).StartBothAsync();

    // The standby knows that the other region keeps its right at the same witness.
    public static Task UntilAskedAsync(RegionScene.Side side) => side.UntilAsync(
        status => status["copy"]?["whole"]?.GetValue<bool>() == true && status["witness"]!["asked"]!.GetValue<bool>()
            && $"{status["witness"]!["holder"]}" == "eastus",
        "a standby of a region that the witness knows");

    public static async Task<(string Duty, int Epoch)> DutyAsync(RegionScene.Side side)
    {
        var status = await side.StatusAsync();
        return ($"{status["duty"]}", status["epoch"]!.GetValue<int>());
    }

    public static async Task KeepsWritingAsync(RegionScene.Side side, TimeSpan time)
    {
        var end = DateTime.UtcNow + time;
        for (var number = 0; DateTime.UtcNow < end; number++)
        {
            var written = await side.PutGroupAsync($"kept-{number}");
            Assert.True(written.IsSuccessStatusCode, await written.Content.ReadAsStringAsync());
            await Task.Delay(20);
        }
    }

    public static async Task UntilRefusedAsync(RegionScene.Side side, string code)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (await side.PutGroupAsync("refused") is var answer && (answer.IsSuccessStatusCode || await answer.ErrorCodeAsync() != code))
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
