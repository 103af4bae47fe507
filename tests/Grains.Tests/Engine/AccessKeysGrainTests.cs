using DlqCluster.Security;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>The grain that keeps the API keys.</summary>
[Trait("Spec", "OP2")]
public sealed class AccessKeysGrainTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_key_whose_storing_ended_unknown_is_there_once_when_it_is_added_again(bool stored)
    {
        using var world = new World();
        world.Run(async () =>
        {
            var grain = world.Grains.GetGrain<IAccessKeysGrain>(0);
            await grain.Add(Key("first"));
            if (stored) world.States.After = Fail;
            else world.States.Before = Fail;
            await Assert.ThrowsAnyAsync<Exception>(() => grain.Add(Key("second")));
            (world.States.Before, world.States.After) = (null, null);
            Assert.Equal(AccessKeyChange.Done, await grain.Add(Key("second")));
            Assert.Equal(["first", "second"], (await grain.GetIfNewer(-1))!.Keys.Select(static key => key.Id));
        });

        static Task Fail(string operation) => throw new TimeoutException(operation);
    }

    [Fact]
    public void Whoever_knows_the_version_gets_nothing_and_every_change_has_a_new_one()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var grain = world.Grains.GetGrain<IAccessKeysGrain>(0);
            await grain.Add(Key("a"));
            var before = (await grain.GetIfNewer(-1))!.Version;
            Assert.Null(await grain.GetIfNewer(before));
            await grain.Touch(["a", "unknown"], world.Now);
            var touched = (await grain.GetIfNewer(before))!;
            Assert.Equal(world.Now, touched.Keys.Single().LastUsedAt);
            // The same again, or an older use, changes nothing.
            await grain.Touch(["a"], world.Now.AddMinutes(-1));
            Assert.Null(await grain.GetIfNewer(touched.Version));
            Assert.Equal(AccessKeyChange.Done, await grain.Remove("a"));
            Assert.Equal(AccessKeyChange.NotFound, await grain.Remove("a"));
            Assert.Empty((await grain.GetIfNewer(touched.Version))!.Keys);
        });
    }

    private static AccessKey Key(string id) => new() { Id = id, Name = id, Role = AccessRole.Read };
}
