import TaskCommands

TaskProgram.main(SumTask.self)
