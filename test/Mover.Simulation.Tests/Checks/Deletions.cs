namespace Mover.Simulation;

/// <summary>Groups that are made, filled and deleted: when that is done, nothing of them is left.</summary>
internal sealed class Deletions(Estate estate)
{
    private readonly List<(string Name, DateTimeOffset At)> _deleted = [];
    private readonly Operator _person = new(estate.World, estate.Network, estate.Servers, "deleter");
    private int _made;
    private bool _rests;

    public int Done => _deleted.Count;

    public bool IsIdle { get; private set; }

    public void Rest() => _rests = true;

    public void Lose(DateTimeOffset since) => _deleted.RemoveAll(one => one.At >= since);

    public async Task GoOnAsync()
    {
        while (!_rests)
        {
            await _person.PauseAsync(estate.World.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(20)));
            await DoOneAsync($"del{++_made}");
        }

        IsIdle = true;
    }

    public void CheckAll()
    {
        foreach (var (name, _) in _deleted)
        {
            Check(name);
        }
    }

    private async Task DoOneAsync(string name)
    {
        var group = $"/subscriptions/{estate.Subscription}/resourceGroups/{name}";
        var mover = group + "/providers/Microsoft.StorageMover/storageMovers/m";
        await _person.AskAsync("PUT", group + Estate.GroupVersion, """{"location":"eastus"}""");
        await _person.AskAsync("PUT", mover + Estate.Version, """{"location":"eastus"}""");
        for (var at = 0; at < 5; at++)
        {
            await _person.AskAsync("PUT", $"{mover}/projects/p{at}{Estate.Version}", "{}");
        }

        // What goes on after the answer shows in that the group is gone.
        var began = estate.World.Now;
        while (await _person.AskAsync("DELETE", group + Estate.GroupVersion) is { Status: not 404 and not 204 } || !await IsGoneAsync(group))
        {
            await _person.PauseAsync(TimeSpan.FromSeconds(10));
            if (estate.World.Now - began > TimeSpan.FromHours(3).Ticks)
            {
                estate.World.Violated(Rule.Deletions, $"{name} is not deleted after three hours.");
                return;
            }
        }

        _deleted.Add((name, estate.World.UtcNow));
        Check(name);
    }

    private async Task<bool> IsGoneAsync(string group) =>
        await _person.AskAsync("GET", group + Estate.GroupVersion) is { Status: 404, IsStale: false };

    private void Check(string name)
    {
        var left = estate.Serving.State.FirstOrDefault(entry => !entry.Key.StartsWith("audit/", StringComparison.Ordinal)
            && (entry.Key + "/").Contains($"/resourcegroups/{name}/", StringComparison.Ordinal));
        if (left is not null)
        {
            estate.World.Violated(Rule.Deletions, $"{name} is deleted, and '{left.Key}' is still there.");
        }
    }
}
